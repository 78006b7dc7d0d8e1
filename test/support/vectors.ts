import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import type { Vector, VectorType, VectorValues } from '../../core/vector.ts';

const encoder = new TextEncoder();

/** Which rows are there, as Arrow keeps it. */
function validityOf(present: readonly boolean[]): { validity: Uint8Array | null; nullCount: number } {
  const nullCount = present.filter((there) => !there).length;
  if (nullCount === 0) return { validity: null, nullCount };
  const validity = new Uint8Array(Math.ceil(present.length / 8));
  present.forEach((there, index) => {
    if (there) validity[index >> 3] = (validity[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return { validity, nullCount };
}

/** A column of fixed width from its finished values; `nulls` are the row numbers that are NULL. */
export function fixedVector(
  type: VectorType,
  values: VectorValues,
  { length, nulls = [] }: { length: number; nulls?: readonly number[] },
): Vector {
  const present = Array.from({ length }, (_, index) => !nulls.includes(index));
  return { type, length, ...validityOf(present), values, offsets: null, children: [] };
}

/** A column of texts or bytes. */
export function textVector(values: readonly (string | Uint8Array | null)[], type: VectorType = { kind: 'text' }): Vector {
  const parts = values.map((value) => (typeof value === 'string' ? encoder.encode(value) : (value ?? new Uint8Array(0))));
  const offsets = new Int32Array(values.length + 1);
  parts.forEach((part, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + part.length;
  });
  return {
    type,
    length: values.length,
    ...validityOf(values.map((value) => value !== null)),
    values: Buffer.concat(parts),
    offsets,
    children: [],
  };
}

/** A numeric column from unscaled integers. */
export function numericVector(values: readonly (bigint | null)[], type: ScalarType & { kind: 'numeric' }): Vector {
  const words = type.precision <= 38 ? 2 : 4;
  const data = new BigInt64Array(values.length * words);
  values.forEach((value, index) => {
    for (let word = 0; word < words; word += 1) data[index * words + word] = BigInt.asIntN(64, (value ?? 0n) >> BigInt(64 * word));
  });
  const bytes = new Uint8Array(data.buffer);
  return { type, length: values.length, ...validityOf(values.map((value) => value !== null)), values: bytes, offsets: null, children: [] };
}

/** A column of arrays from the column of all their elements. */
export function arrayVector(lengths: readonly number[], element: Vector): Vector {
  const type: ColumnType = { kind: 'array', element: element.type as ScalarType };
  return {
    type,
    length: lengths.length,
    validity: null,
    nullCount: 0,
    values: new Uint8Array(0),
    offsets: offsetsOf(lengths),
    children: [element],
  };
}

/** A column of maps, one object per row. */
export function mapVector(rows: readonly Readonly<Record<string, string | null>>[]): Vector {
  const entries = rows.flatMap((row) => Object.entries(row));
  return {
    type: { kind: 'map' },
    length: rows.length,
    validity: null,
    nullCount: 0,
    values: new Uint8Array(0),
    offsets: offsetsOf(rows.map((row) => Object.keys(row).length)),
    children: [textVector(entries.map(([key]) => key)), textVector(entries.map(([, value]) => value))],
  };
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + length;
  });
  return offsets;
}
