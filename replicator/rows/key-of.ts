import type { NumericType } from '../../core/column-type.ts';
import { TUPLE_UNCHANGED } from '../../postgres/pgoutput/tuple.ts';
import type { TupleRange } from '../../postgres/pgoutput/tuple.ts';
import type { Key } from './lineage.ts';
import type { RelationPlan } from './relation-plan.ts';
import type { RowSource } from './table-part.ts';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
/** How many digits are exact in a number. */
const EXACT_DIGITS = 15;
/** No text of Postgres contains it. */
const SEPARATOR = '\0';

/**
 * The key of a row image. Two keys differ exactly if they differ in a byte that the warehouse
 * keeps. Most keys are one value that is printed as a natural number: these become a number, all
 * others a text. Values that were not sent again come from the old image.
 */
export function keyOf(plan: RelationPlan, row: RowSource): Key {
  return (plan.key.length === 1 ? naturalNumber(plan, row) : null) ?? keyText(plan, row);
}

/**
 * Null for anything except digits without a leading zero, so that two texts are never one number.
 */
function naturalNumber(plan: RelationPlan, row: RowSource): number | null {
  const { buf } = row;
  const index = plan.key[0] ?? 0;
  const at = plan.positions[index] ?? 0;
  const from = holderOf(row, at);
  const start = from.start[at] ?? 0;
  const end = keyEnd(plan, index, from, buf);
  if (end === start || end - start > EXACT_DIGITS || (buf[start] === ZERO && end - start > 1)) return null;
  let value = 0;
  for (let i = start; i < end; i += 1) {
    const digit = buf[i] ?? 0;
    if (digit < ZERO || digit > NINE) return null;
    value = value * 10 + digit - ZERO;
  }
  return value;
}

function keyText(plan: RelationPlan, row: RowSource): string {
  let text = '';
  for (const index of plan.key) {
    const at = plan.positions[index] ?? 0;
    const from = holderOf(row, at);
    text += `${row.buf.toString('latin1', from.start[at] ?? 0, keyEnd(plan, index, from, row.buf))}${SEPARATOR}`;
  }
  return text;
}

/** Whether two images have the same key. A key column that was not sent again did not change. */
export function sameKey(plan: RelationPlan, before: RowSource, after: RowSource): boolean {
  const { buf } = after;
  for (const index of plan.key) {
    const at = plan.positions[index] ?? 0;
    if (after.tuple.kind[at] === TUPLE_UNCHANGED) continue;
    const start = before.tuple.start[at] ?? 0;
    const end = keyEnd(plan, index, before.tuple, buf);
    if (buf.compare(buf, start, end, after.tuple.start[at] ?? 0, keyEnd(plan, index, after.tuple, buf)) !== 0) return false;
  }
  return true;
}

/**
 * Where a key value ends. If the warehouse does not keep trailing zeros of a decimal, it ends
 * before them: 1.0 and 1.00 are one key there.
 */
function keyEnd(plan: RelationPlan, index: number, from: TupleRange, buf: Buffer): number {
  const at = plan.positions[index] ?? 0;
  const end = from.end[at] ?? 0;
  const type = plan.trimmed[index] ?? null;
  return type === null ? end : significantEnd(type, buf.subarray(from.start[at] ?? 0, end)) + (from.start[at] ?? 0);
}

/**
 * Length of a decimal's text without trailing zeros. If the column cannot hold the value, the full
 * length: then its whole text counts.
 */
function significantEnd({ precision, scale }: NumericType, text: Buffer): number {
  const point = text.indexOf(POINT);
  const whole = (point < 0 ? text.length : point) - (text[0] === MINUS ? 1 : 0);
  if (point < 0 || whole > Math.max(precision - scale, 1)) return text.length;
  let end = text.length;
  while (text[end - 1] === ZERO) end -= 1;
  if (end === point + 1) return point;
  return end - point - 1 > scale ? text.length : end;
}

/** The image that has a value of the key: the old one, if the value was not sent again. */
function holderOf({ tuple, old }: RowSource, at: number): TupleRange {
  return tuple.kind[at] === TUPLE_UNCHANGED && old !== null ? old : tuple;
}
