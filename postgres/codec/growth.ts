import { columnMemory } from '../../core/buffer-pool.ts';
import { TailraceError } from '../../core/errors.ts';
import { releaseVector } from '../../core/vector.ts';
import type { Vector, VectorType, VectorValues } from '../../core/vector.ts';

const FIRST_CAPACITY = 64;
const GROWTH = 1.5;
const MAX_BYTES = 0x7fffffff;
const NOTHING = new ArrayBuffer(0);

/** Capacity for `needed` entries that leaves room to grow. */
function capacityFor(needed: number): number {
  return Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(needed)));
}

/** Which rows are NULL, as Arrow's bitmap. Rows that are not NULL cost nothing. */
export class Validity {
  nullCount = 0;
  #bits: Uint8Array | null = null;

  markNull(row: number): void {
    const at = row >> 3;
    const old = this.#bits;
    if (old === null || at >= old.length) {
      this.#bits = new Uint8Array(capacityFor(at + 1)).fill(0xff);
      if (old !== null) this.#bits.set(old);
    }
    const bits = this.#bits as Uint8Array;
    bits[at] = (bits[at] as number) & ~(1 << (row & 7));
    this.nullCount++;
  }

  /** Returns the bitmap over `length` rows, null if none of them is NULL, and resets it. */
  finish(length: number): Uint8Array | null {
    const old = this.#bits;
    this.nullCount = 0;
    this.#bits = null;
    if (old === null) return null;
    const bytes = new Uint8Array((length + 7) >> 3).fill(0xff);
    bytes.set(old.subarray(0, bytes.length));
    if ((length & 7) !== 0) bytes[bytes.length - 1] = (bytes.at(-1) as number) & ((1 << (length & 7)) - 1);
    return bytes;
  }
}

/** A typed array's class. */
interface ArrayClass<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): A;
}

/**
 * Rows of one fixed width: `stride` entries of a typed array for each. It starts with room for as
 * many rows as last time.
 */
export class FixedRows<A extends VectorValues> {
  values: A;
  length = 0;
  readonly validity = new Validity();
  readonly #array: ArrayClass<A>;
  readonly #stride: number;
  #capacity = 0;
  #expected = FIRST_CAPACITY;

  constructor(array: ArrayClass<A>, stride = 1) {
    this.#array = array;
    this.#stride = stride;
    this.values = new array(NOTHING);
  }

  get byteSize(): number {
    return this.length * this.#stride * this.#array.BYTES_PER_ELEMENT;
  }

  /**
   * Adds a row of zeros and returns its number; its first entry is at that number times the stride.
   */
  next(): number {
    if (this.length === this.#capacity) this.#grow();
    return this.length++;
  }

  appendNull(): void {
    this.validity.markNull(this.next());
  }

  /**
   * Returns the rows as a vector and resets; `view` puts another typed array over the same bytes.
   */
  finish(type: VectorType, view: (rows: A) => VectorValues = (rows) => rows): Vector {
    const { length } = this;
    const rows = this.values.subarray(0, length * this.#stride) as A;
    const nullCount = this.validity.nullCount;
    const values = view(rows);
    if (values.buffer !== rows.buffer) columnMemory.giveBack(rows.buffer);
    const vector = { type, length, nullCount, validity: this.validity.finish(length), values, offsets: null, children: [] };
    this.values = new this.#array(NOTHING);
    this.#capacity = 0;
    this.#expected = Math.max(FIRST_CAPACITY, length);
    this.length = 0;
    return vector;
  }

  #grow(): void {
    const old = this.values;
    const rowBytes = this.#stride * this.#array.BYTES_PER_ELEMENT;
    const buffer = columnMemory.takeZeroed(Math.max(this.#expected, this.#capacity * GROWTH) * rowBytes);
    this.values = new this.#array(buffer, 0, Math.floor(buffer.byteLength / this.#array.BYTES_PER_ELEMENT));
    this.#capacity = Math.floor(buffer.byteLength / rowBytes);
    // The two have one type, but the union of typed arrays has no common `set`.
    (this.values as Uint8Array).set(old as Uint8Array);
    columnMemory.giveBack(old.buffer);
  }
}

/** Rows of any width: bytes and where each row ends. */
export class VariableRows {
  bytes: Buffer = Buffer.from(NOTHING);
  byteLength = 0;
  #expected = FIRST_CAPACITY;
  readonly ends = new FixedRows(Int32Array);
  readonly validity = new Validity();

  get length(): number {
    return this.ends.length;
  }

  get byteSize(): number {
    return this.byteLength + this.ends.byteSize;
  }

  /** Makes room for `count` more bytes after `byteLength`. */
  reserve(count: number): void {
    const needed = this.byteLength + count;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_BYTES) throw new TailraceError('INTERNAL', 'a column of one file grew beyond 2 GiB');
    const old = this.bytes;
    this.bytes = Buffer.from(columnMemory.take(Math.max(this.#expected, needed, this.bytes.length * GROWTH)));
    old.copy(this.bytes, 0, 0, this.byteLength);
    columnMemory.giveBack(old.buffer);
  }

  /** Ends the row: its bytes are those written since the last row. */
  endRow(): void {
    const row = this.ends.next();
    this.ends.values[row] = this.byteLength;
  }

  appendNull(): void {
    this.validity.markNull(this.length);
    this.endRow();
  }

  /** Adds a row with a copy of `buf[start, end)`. */
  appendBytes(buf: Buffer, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const { bytes, byteLength } = this;
    if (count <= 24) for (let i = 0; i < count; i++) bytes[byteLength + i] = buf[start + i] as number;
    else buf.copy(bytes, byteLength, start, end);
    this.byteLength += count;
    this.endRow();
  }

  /** Returns the rows as a vector and resets. */
  finish(type: VectorType): Vector {
    const { length } = this;
    const nullCount = this.validity.nullCount;
    const values = this.bytes.subarray(0, this.byteLength);
    const vector = { type, length, nullCount, validity: this.validity.finish(length), values, offsets: this.finishOffsets(), children: [] };
    this.bytes = Buffer.from(NOTHING);
    this.#expected = Math.max(FIRST_CAPACITY, this.byteLength);
    this.byteLength = 0;
    return vector;
  }

  /** Returns Arrow's offsets (a zero, then the end of each row) and resets. */
  finishOffsets(): Int32Array {
    return finishOffsets(this.ends);
  }
}

/** Row ends → Arrow's offsets (with a leading zero). Resets the ends. */
function finishOffsets(ends: FixedRows<Int32Array>): Int32Array {
  const count = ends.length + 1;
  const offsets = new Int32Array(columnMemory.take(count * Int32Array.BYTES_PER_ELEMENT), 0, count);
  offsets[0] = 0;
  offsets.set(ends.values.subarray(0, ends.length), 1);
  releaseVector(ends.finish({ kind: 'int4' }));
  return offsets;
}

/**
 * A column whose rows are runs of its children's rows, and whose NULLs are kept elsewhere. Resets
 * the ends.
 */
export function finishNested(type: VectorType, ends: FixedRows<Int32Array>, children: readonly Vector[]): Vector {
  const { length } = ends;
  return { type, length, nullCount: 0, validity: null, values: new Uint8Array(0), offsets: finishOffsets(ends), children: [...children] };
}
