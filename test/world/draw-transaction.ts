import type { SessionDraw, TableDraw } from './draw.ts';
import { moveIntoDeleted, moveKey, movePartly, rotateKeys, shiftKeys, swapKeys } from './draw-key-changes.ts';
import { copyRows, deleteRows, insertRows, insertSeries, mergeRows, replaceRow, updateRows } from './draw-rows.ts';
import { truncate } from './draw-truncate.ts';
import { type Table, nameOf } from './model.ts';
import type { Feature } from './draw.ts';

interface Choice {
  readonly weight: number;
  readonly feature: Feature | null;
  /** Needs the table for itself. */
  readonly alters: boolean;
  readonly make: TableDraw;
}

const rowChange = (weight: number, make: TableDraw, feature: Feature | null = null): Choice => ({ weight, feature, alters: false, make });

const CHOICES: readonly Choice[] = [
  rowChange(10, insertRows),
  rowChange(6, insertSeries),
  rowChange(3, copyRows),
  rowChange(14, updateRows),
  rowChange(5, deleteRows),
  rowChange(3, replaceRow),
  rowChange(2, mergeRows),
  rowChange(4, moveKey, 'key changes'),
  rowChange(3, swapKeys, 'key changes'),
  rowChange(2, rotateKeys, 'key changes'),
  rowChange(2, moveIntoDeleted, 'key changes'),
  rowChange(2, shiftKeys, 'key changes'),
  rowChange(2, movePartly, 'key changes'),
  { weight: 2, feature: 'truncates', alters: true, make: truncate },
];

/** Draws a change of some table that the session may use now: its statements, in order. */
export function drawChange(draw: SessionDraw): string[] {
  const choices = CHOICES.filter(({ feature }) => feature === null || draw.features.has(feature));
  const choice = draw.random.weighted(choices.map((each) => [each.weight, each]));
  const table = pickTable(draw, choice.alters);
  if (table === null) return [];
  draw.model.use(draw.session, table.id);
  return choice.make(draw, table);
}

/**
 * Some tables are liked better than others, so that much happens to them; rarely one where another
 * open transaction may hold rows.
 */
export function pickTable(draw: SessionDraw, alters: boolean): Table | null {
  const tables = alters ? draw.model.alterable(draw.session) : draw.model.usable(draw.session);
  const unused = tables.filter(({ id }) => draw.model.isFree(draw.session, id));
  const liked = unused.length > 0 && draw.random.chance(0.9) ? unused : tables;
  return liked.length === 0 ? null : draw.random.weighted(liked.map((table, index) => [1 + 3 / (index + 1), table]));
}

/**
 * Something that is in the stream and no change of ours: a message, a lock, a subtransaction for
 * each row.
 */
export function drawNoise(draw: SessionDraw): string[] {
  const { random } = draw;
  const [table] = draw.model.usable(draw.session);
  return random.pick([
    [`select pg_logical_emit_message(true, 'theirs', 'x')`],
    [`select pg_logical_emit_message(false, 'tailrace', 'not ours')`],
    [`select txid_current()`],
    table === undefined ? [] : [`analyze ${nameOf(table)}`],
  ]);
}
