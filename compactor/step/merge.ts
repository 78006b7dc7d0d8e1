import { CLICKHOUSE, clickhouseCodeOf } from '../../warehouse/clickhouse-code.ts';
import { literalCh, quoteCh } from '../../warehouse/names.ts';
import { onShards } from '../../warehouse/cluster/shards.ts';
import type { Share } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { INSERT_SETTINGS } from '../../warehouse/insert-settings.ts';
import { KEYS_FIRST } from '../../warehouse/place.ts';
import { commaAfterEach, storageColumns } from '../storage/row-sql.ts';
import { mine, stagedOf, where } from '../storage/spread.ts';
import { resolvedRows } from './resolved-rows.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { boundsSql } from '../storage/version.ts';

/** Text of the throwIf of a step with a value that was found nowhere. */
const LACKING = 'tailrace: a changed row leaves out a value that was found nowhere';

/**
 * Inserts complete rows from the files into the storage, together with those that were resolved
 * into `staging` (null: there are none).
 */
export async function mergeRows(engine: Engine, open: OpenStep, staging: string | null): Promise<void> {
  await onShards(engine, (shard, share) => shard.exec(mergeSql(open, staging, share)));
}

/**
 * Resolves and inserts a step in one statement, and so without a staging table. Only for a step
 * without key changes: it may be resolved again. False: a value was found nowhere, nothing was
 * inserted on that shard, and whether the value counts is for `checkResolved` to say.
 */
export async function resolveAndMerge(engine: Engine, open: OpenStep): Promise<boolean> {
  const all = await onShards(engine, (shard, share) =>
    shard.exec(mergeAndResolveSql(open, share)).then(
      () => true,
      (error: unknown) => {
        if (clickhouseCodeOf(error) === CLICKHOUSE.thrown && error instanceof Error && error.message.includes(LACKING)) return false;
        throw error;
      },
    ),
  );
  return all.every(Boolean);
}

function mergeSql(open: OpenStep, staging: string | null, share: Share): string {
  const common = commonHoles(open, share);
  if (staging === null) return sql(open.schema.identity === 'key' ? 'merge-rows' : 'merge-signed', common);
  return sql('merge-resolved', { ...common, staging: quoteCh(staging), staged_mine: where(stagedOf(open.schema, share)) });
}

function mergeAndResolveSql(open: OpenStep, share: Share): string {
  const { settings, ...common } = commonHoles(open, share);
  return sql('merge-and-resolve', {
    ...common,
    resolved_rows: resolvedRows(open, share),
    message: literalCh(LACKING),
    settings: `${settings}, ${KEYS_FIRST}`,
  });
}

function commonHoles(
  open: OpenStep,
  share: Share,
): Record<'storage' | 'columns' | 'values' | 'rows' | 'bounds' | 'mine' | 'settings', string> {
  const columns = storageColumns(open.schema);
  return {
    storage: storageOf(open),
    columns: commaAfterEach(columns),
    values: commaAfterEach(columns.map((column) => `r.${column}`)),
    rows: open.rows,
    bounds: boundsSql('r._tr_version', open.bounds),
    mine: mine(open.schema, share),
    settings: open.folds ? INSERT_SETTINGS : `${INSERT_SETTINGS}, optimize_on_insert = 0`,
  };
}
