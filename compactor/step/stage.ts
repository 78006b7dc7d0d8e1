import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { KEYS_FIRST, settingsClause, TABLE_SETTINGS } from '../../warehouse/place.ts';
import { onShards, replicated } from '../../warehouse/cluster/shards.ts';
import { INSERT_SETTINGS } from '../../warehouse/insert-settings.ts';
import { commaAfterEach, storageColumns } from '../storage/row-sql.ts';
import { handOver } from './moved.ts';
import { resolvedRows } from './resolved-rows.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { checkResolved } from './unresolved.ts';

/**
 * Resolves the unchanged values of a step into an empty staging table. It reads the storage, so it
 * must run before any row of the step is merged. When the step has key changes, it must never run
 * again after that, because a re-keyed entity is no longer under its old key. VALUE_UNRESOLVED when
 * a value that counts is neither in the files nor in the storage.
 */
export async function stageRows(engine: Engine, open: OpenStep, staging: string): Promise<void> {
  const settings = await settingsClause(engine, TABLE_SETTINGS.state);
  await engine.exec(
    sql('create-staging', { staging: quoteCh(staging), storage: storageOf(open), replicated: replicated(engine), settings }),
  );
  const common = { staging: quoteCh(staging), columns: commaAfterEach(storageColumns(open.schema)) };
  await onShards(engine, (shard, share) =>
    shard.exec(sql('stage', { ...common, resolved_rows: resolvedRows(open, share), settings: `${INSERT_SETTINGS}, ${KEYS_FIRST}` })),
  );
  await handOver(engine, open.schema, staging);
  await checkResolved(engine, open, staging);
}
