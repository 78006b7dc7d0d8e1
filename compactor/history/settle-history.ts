import { INSERT_SETTINGS } from '../../warehouse/insert-settings.ts';
import { quoteCh, timeCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { CompactorContext } from '../context.ts';
import type { Generation } from '../state/generation.ts';
import { commaAfterEach, storageColumns, storageKey } from '../storage/row-sql.ts';
import { version, versionSql } from '../storage/version.ts';

/**
 * Joins a later copy to the history, once all changes up to its point are in it. A row that the
 * copy has as the history knew it is no version of its own, and one that the copy lacks ends at it.
 * Doing it again changes nothing. Returns the generation as it is then.
 */
export async function settleHistory(
  { engine, schemas, state }: Pick<CompactorContext, 'engine' | 'schemas' | 'state'>,
  generation: Generation,
): Promise<Generation> {
  const { history, epoch, consistentPoint, lastPoint = consistentPoint } = generation;
  if (history === undefined) return generation;
  if (history.begins) return { ...generation, history: { ...history, since: wholeSince(generation, state.front.asOf) } };
  const schema = await schemas.get(generation.tableId, generation.schemaHash);
  const common = {
    storage: quoteCh(history.storage),
    key: storageKey(schema).join(', '),
    from: versionSql(version(epoch, consistentPoint)),
    upto: versionSql(version(epoch, lastPoint)),
  };
  await engine.exec(sql('close-missing', { ...common, time: timeCh(history.copied, 6) }));
  await engine.exec(sql('mark-same', { ...common, columns: commaAfterEach(storageColumns(schema)), settings: INSERT_SETTINGS }));
  return generation;
}

/** A copy of several points is that of one moment only once its last point is reached. */
function wholeSince({ history, consistentPoint, lastPoint = consistentPoint }: Generation, asOf: string | null): string {
  const since = history?.since ?? '';
  return lastPoint > consistentPoint && asOf !== null && asOf > since ? asOf : since;
}
