import { TailraceError } from '../../core/errors.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { onShards } from '../../warehouse/cluster/shards.ts';
import type { Share } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import { storageKey } from '../storage/row-sql.ts';
import { mineOfStaged } from '../storage/spread.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { boundsSql, versionSql } from '../storage/version.ts';

/**
 * VALUE_UNRESOLVED when a staged row lacks a value that users would see. A row does not count when
 * a later image of its key overrides it: so it is when part of the step was applied before, and
 * when the step replaces or deletes the row. Nor does a row from before the last consistent point
 * of a resumed copy: a later chunk has the row, or it is gone by then, and nobody sees the table
 * before that point.
 */
export async function checkResolved(engine: Engine, open: OpenStep, staging: string): Promise<void> {
  const counts = await onShards(engine, (shard, share) => lackingRows(shard, { open, staging, share }));
  const rows = counts.reduce((total, count) => total + count, 0);
  if (rows === 0) return;
  throw new TailraceError('VALUE_UNRESOLVED', `${rows} changed rows leave out a value that neither the lake nor the warehouse has`);
}

async function lackingRows(engine: Engine, { open, staging, share }: { open: OpenStep; staging: string; share: Share }): Promise<number> {
  const [lacking] = await engine.query<{ rows: string }>(sql('count-unresolved', { staging: quoteCh(staging) }));
  if (Number(lacking?.rows) === 0) return 0;
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
      mine: mineOfStaged(open.schema, share),
      settings: READ_SETTINGS,
    }),
  );
  return Number(counting?.rows);
}
