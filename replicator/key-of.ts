import { TUPLE_UNCHANGED } from '../postgres/pgoutput-tuple.ts';
import type { TupleRange } from '../postgres/pgoutput-tuple.ts';
import type { Key } from './lineage.ts';
import type { RelationPlan } from './relation-plan.ts';
import type { RowSource } from './table-part.ts';

const ZERO = 48;
const NINE = 57;
/** So many digits are exact in a number. */
const EXACT_DIGITS = 15;
/** No value of Postgres holds it as text. */
const SEPARATOR = '\0';

/**
 * The key of a row image as something that differs where any byte of it differs: a number when the key is one value that is printed as a natural number,
 * which most are, else a text. What was not sent again is taken from the old image.
 */
export function keyOf(plan: RelationPlan, row: RowSource): Key {
  return (plan.key.length === 1 ? naturalNumber(plan, row) : null) ?? keyText(plan, row);
}

/** Null for anything but digits without a leading zero, so that no two texts are one number. */
function naturalNumber(plan: RelationPlan, row: RowSource): number | null {
  const { buf } = row;
  const at = plan.positions[plan.key[0] ?? 0] ?? 0;
  const from = holderOf(row, at);
  const start = from.start[at] ?? 0;
  const end = from.end[at] ?? 0;
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
    text += `${row.buf.toString('latin1', from.start[at] ?? 0, from.end[at] ?? 0)}${SEPARATOR}`;
  }
  return text;
}

/** The image that has a value of the key: the old one has what was not sent again. */
function holderOf({ tuple, old }: RowSource, at: number): TupleRange {
  return tuple.kind[at] === TUPLE_UNCHANGED && old !== null ? old : tuple;
}
