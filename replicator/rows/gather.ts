import { columnMemory } from '../../core/buffer-pool.ts';
import type { Vector } from '../../core/vector.ts';

/** A new column with the given rows of a finished column, in that order. */
export function gather(vector: Vector, rows: Int32Array): Vector {
  const validity = vector.validity === null ? null : gatherBits(vector.validity, rows);
  const shared = { type: vector.type, length: rows.length, nullCount: countNulls(vector, rows), validity };
  if (vector.offsets !== null) return { ...shared, ...gatherRanges(vector, vector.offsets, rows) };
  if (vector.type.kind === 'bool') return { ...shared, values: gatherBits(bytesOf(vector), rows), offsets: null, children: [] };
  return { ...shared, values: gatherFixed(vector, rows), offsets: null, children: [] };
}

function gatherFixed(vector: Vector, rows: Int32Array): Vector['values'] {
  const from = bytesOf(vector);
  const width = vector.length === 0 ? 0 : Math.floor(from.length / vector.length);
  const bytes = new Uint8Array(columnMemory.take(rows.length * width), 0, rows.length * width);
  if (width % 4 === 0 && from.byteOffset % 4 === 0) gatherWords(from, bytes, { rows, words: width / 4 });
  else rows.forEach((row, index) => bytes.set(from.subarray(row * width, (row + 1) * width), index * width));
  return viewLike(vector.values, bytes);
}

function gatherWords(from: Uint8Array, into: Uint8Array, { rows, words }: { rows: Int32Array; words: number }): void {
  const source = new Uint32Array(from.buffer, from.byteOffset, from.length / 4);
  const target = new Uint32Array(into.buffer, into.byteOffset, into.length / 4);
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] ?? 0;
    for (let word = 0; word < words; word += 1) target[index * words + word] = source[row * words + word] ?? 0;
  }
}

function gatherRanges(vector: Vector, from: Int32Array, rows: Int32Array): Pick<Vector, 'values' | 'offsets' | 'children'> {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + (from[row + 1] ?? 0) - (from[row] ?? 0);
  });
  if (vector.children.length > 0) {
    const elements = new Int32Array(offsets[rows.length] ?? 0);
    rows.forEach((row, index) => {
      const at = offsets[index] ?? 0;
      const count = (offsets[index + 1] ?? 0) - at;
      for (let i = 0; i < count; i += 1) elements[at + i] = (from[row] ?? 0) + i;
    });
    return { values: vector.values, offsets, children: vector.children.map((child) => gather(child, elements)) };
  }
  const source = bytesOf(vector);
  const values = new Uint8Array(offsets[rows.length] ?? 0);
  rows.forEach((row, index) => values.set(source.subarray(from[row] ?? 0, from[row + 1] ?? 0), offsets[index] ?? 0));
  return { values, offsets, children: [] };
}

function gatherBits(bits: Uint8Array, rows: Int32Array): Uint8Array {
  const gathered = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach((row, index) => {
    if (bitAt(bits, row)) gathered[index >> 3] = (gathered[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return gathered;
}

function countNulls(vector: Vector, rows: Int32Array): number {
  const { validity } = vector;
  return validity === null ? 0 : rows.reduce((count, row) => count + (bitAt(validity, row) ? 0 : 1), 0);
}

function bitAt(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

function bytesOf(vector: Vector): Uint8Array {
  const { values } = vector;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function viewLike(like: Vector['values'], { buffer, length }: Uint8Array): Vector['values'] {
  const entries = length / like.BYTES_PER_ELEMENT;
  if (like instanceof Int16Array) return new Int16Array(buffer, 0, entries);
  if (like instanceof Int32Array) return new Int32Array(buffer, 0, entries);
  if (like instanceof Uint32Array) return new Uint32Array(buffer, 0, entries);
  if (like instanceof Float32Array) return new Float32Array(buffer, 0, entries);
  if (like instanceof Float64Array) return new Float64Array(buffer, 0, entries);
  if (like instanceof BigInt64Array) return new BigInt64Array(buffer, 0, entries);
  if (like instanceof BigUint64Array) return new BigUint64Array(buffer, 0, entries);
  return new Uint8Array(buffer, 0, length);
}

/** 0, 1, 2, …. A loop, because `from` of a typed array calls a function for each of them. */
export function rowNumbers(length: number): Int32Array<ArrayBuffer> {
  const numbers = new Int32Array(length);
  for (let n = 0; n < length; n += 1) numbers[n] = n;
  return numbers;
}
