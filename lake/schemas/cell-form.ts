import type { Kind } from '../../core/column-kinds.ts';
import type { ColumnType } from '../../core/column-type.ts';

/**
 * What a value is in JSON. `int`, `uint`: a number. `long`: a number, or a text from ±(2^53 − 1)
 * on, which many parsers would round. `float`, `double`: a number, or the texts NaN, Infinity and
 * -Infinity. `floats`: an array of numbers. `map`: an object of texts and nulls.
 */
export type CellForm = 'boolean' | 'int' | 'uint' | 'long' | 'float' | 'double' | 'string' | 'map' | 'floats';

/** The form of each kind (docs/TAP.md). What a column cannot hold is a text in any form. */
export const CELL_FORMS: Readonly<Record<Kind, CellForm>> = {
  bool: 'boolean',
  int2: 'int',
  int4: 'int',
  int8: 'long',
  uint32: 'uint',
  uint64: 'long',
  float4: 'float',
  float8: 'double',
  money: 'string',
  numeric: 'string',
  date: 'string',
  timestamp: 'string',
  timestamptz: 'string',
  time: 'string',
  interval: 'string',
  uuid: 'string',
  lsn: 'string',
  bytea: 'string',
  ewkb: 'string',
  text: 'string',
  enum: 'string',
  point: 'string',
  map: 'map',
  vector: 'floats',
};

/** A 64-bit integer as a number or a text, as the form `long` has it. */
export function longForm(digits: string): number | string {
  return Math.abs(Number(digits)) < Number.MAX_SAFE_INTEGER ? Number(digits) : digits;
}

/** A numeric without a scale of its own has no zeros at its end. */
export function numericText(text: string, type: ColumnType): string {
  return type.kind === 'numeric' && type.unbounded === true && text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
