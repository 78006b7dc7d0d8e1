import type { SessionDraw } from './draw.ts';
import type { KindName } from './kinds.ts';
import type { Column } from './model.ts';
import { RULED } from './ruled.ts';

const ODD_COLUMNS = [
  'order',
  'Value',
  'value',
  'c.d',
  "o'clock",
  'back\\col',
  '列',
  'y'.repeat(63),
  '_tr_version',
  '_part',
  'c1',
  'q"uote',
  '`',
  'key',
  '_row_exists',
  ''.padEnd(3, ' '),
];

/** Kinds whose text does not depend on settings of the session. */
const DIGESTED: readonly KindName[] = ['int', 'bigint', 'text', 'longText', 'uuid', 'numeric', 'bool', 'jsonb', 'longBytes'];

export function freshColumn(draw: SessionDraw): string {
  return draw.model.fresh(draw.random.chance(0.25) ? draw.random.pick(ODD_COLUMNS) : `f${draw.model.number()}`);
}

/** A column that is no key, of one of the kinds; `others` are in the table already. */
export function dataColumn(draw: SessionDraw, kinds: readonly KindName[], others: readonly Column[]): Column {
  const { random } = draw;
  const ruled = RULED.filter((name) => others.every((other) => other.name !== name));
  const name = draw.features.has('rules') && ruled.length > 0 && random.chance(0.25) ? random.pick(ruled) : freshColumn(draw);
  return { name, kind: random.pick(name === 'hidden' ? DIGESTED : kinds), generated: false };
}
