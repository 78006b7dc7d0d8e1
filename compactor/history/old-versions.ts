import { isoTime } from '../../core/time.ts';
import { quoteCh, timeCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { CompactorContext } from '../context.ts';
import { showTable } from '../show-table.ts';
import type { Generation } from '../state/generation.ts';
import { versionsSql } from '../storage/history-views.ts';
import { storageKey } from '../storage/row-sql.ts';

/**
 * Drops versions that were closed before a time. Readers are told first that the history does not
 * reach that far back any more.
 */
export async function dropOldVersions(
  context: Pick<CompactorContext, 'engine' | 'log' | 'schemas' | 'state'>,
  live: Generation,
  beforeMs: number,
): Promise<void> {
  const { engine, log, schemas, state } = context;
  const { history, name } = live;
  if (history === undefined) return;
  const since = isoTime(beforeMs);
  const schema = await schemas.get(live.tableId, live.schemaHash);
  const versions = versionsSql(schema, history.storage);
  const before = timeCh(since, 6);
  const [found] = await engine.query<{ rows: string }>(sql('count-closed', { versions, before }));
  if (Number(found?.rows) === 0) return;
  const next = since > history.since ? { ...live, history: { ...history, since } } : live;
  await state.save(next);
  await showTable(context, next);
  const common = { storage: quoteCh(history.storage), key: storageKey(schema).join(', '), before };
  await engine.exec(sql('drop-closed', { ...common, versions }));
  await engine.exec(sql('drop-ends', common));
  log.info({ table: name, versions: Number(found?.rows), since }, 'old versions dropped');
}
