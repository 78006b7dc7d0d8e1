import { columnMemory } from './buffer-pool.ts';
import type { ColumnType } from './column-type.ts';

/** Columns of our own have no other types than those of tables. */
export type VectorType = ColumnType;

/** Fixed-width values, or the bytes of variable-width ones. */
export type VectorValues =
  | Uint8Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/**
 * One finished column in Arrow's memory layout (https://arrow.apache.org/docs/format/Columnar.html)
 * without a library's types, so that what the codec builds can be written by the lake without a
 * copy.
 *
 * `validity` is an LSB-first bitmap, null when every value is there. `values`: bool is an LSB
 * bitmap; numeric is 16 bytes (precision ≤ 38) or 32 bytes, little-endian two's complement; date is
 * days and timestamp(tz) microseconds since 1970-01-01; time is microseconds of the day; uuid is 16
 * bytes. money is 16 bytes as numeric(19, 2). `offsets` (length + 1) belong to text, enum, bytea,
 * ewkb, array, map and vector. `children`: an array's or vector's elements; a map's keys and values
 * (text → text or NULL); the parts of an interval and a point, NULL where it is.
 */
export interface Vector {
  readonly type: VectorType;
  readonly length: number;
  readonly nullCount: number;
  readonly validity: Uint8Array | null;
  readonly values: VectorValues;
  readonly offsets: Int32Array | null;
  readonly children: readonly Vector[];
}

/** Gives a column's memory to the next columns: the caller must not read it any more. */
export function releaseVector({ values, offsets, validity, children }: Vector): void {
  columnMemory.giveBack(values.buffer);
  if (offsets !== null) columnMemory.giveBack(offsets.buffer);
  if (validity !== null) columnMemory.giveBack(validity.buffer);
  for (const child of children) releaseVector(child);
}
