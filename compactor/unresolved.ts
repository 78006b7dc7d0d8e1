import { TailraceError } from '../core/errors.ts';
import { quoteCh } from '../warehouse/names.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';
import type { Generation } from './generation.ts';
import { READ_SETTINGS } from './insert-settings.ts';
import { storageKey } from './row-sql.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { boundsSql, versionSql } from './version.ts';

/**
 * VALUE_UNRESOLVED when a staged row lacks a value that users would see. A row that a later image
 * of its key outvotes is none of them: that is how a step looks that is applied again after part of
 * it was, and a row that the same step replaces or deletes. Nor is one from before the last
 * consistent point of a copy that was gone on with: a later chunk has its row, or the row is gone
 * by then, and before that point nobody sees the table.
 */
export async function checkResolved(engine: Engine, open: OpenStep, staging: string): Promise<void> {
  const [lacking] = await engine.query<{ rows: string }>(`SELECT sum(_tr_unresolved) AS rows FROM tailrace.${quoteCh(staging)}`);
  if (Number(lacking?.rows) === 0) return;
  const key = storageKey(open.schema);
  const [counting] = await engine.query<{ rows: string }>(
    sql('unresolved', {
      staging: quoteCh(staging),
      storage: storageOf(open),
      rows: open.rows,
      bounds: boundsSql('r._tr_version', open.bounds),
      since: versionSql(open.wholeSince),
      key: key.join(', '),
      join: key.map((name) => `g.${name} = s.${name}`).join(' AND '),
      settings: READ_SETTINGS,
    }),
  );
  const rows = Number(counting?.rows);
  if (rows === 0) return;
  throw new TailraceError('VALUE_UNRESOLVED', `${rows} changed rows leave out a value that neither the lake nor the warehouse has`);
}

const HOUR_MS = 3_600_000;
const COPIES_AN_HOUR = 3;

/**
 * Whether a table with such a row is worth another copy. Not when the copy made for the last one
 * failed before it went live, and not more than three times an hour: a cause that stays would have
 * it copied for ever. `earlier`: the table's generations before the failing one, oldest first.
 */
export function worthAnotherCopy(failing: Generation, earlier: readonly Generation[], nowMs: number): boolean {
  if (failing.state !== 'live' && isUnresolved(earlier.at(-1))) return false;
  return earlier.filter((one) => isUnresolved(one) && nowMs - Date.parse(one.error?.at ?? '') < HOUR_MS).length < COPIES_AN_HOUR;
}

function isUnresolved(one: Generation | undefined): boolean {
  return one?.error?.code === 'VALUE_UNRESOLVED';
}
