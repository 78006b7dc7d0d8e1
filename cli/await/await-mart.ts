import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import { abortableSleep } from '../../core/loop.ts';
import { historyViewOf, parseQualifiedName, qualifiedName } from '../../core/table.ts';
import { elapsed } from '../../core/time.ts';
import { abortAfter } from '../../core/timer.ts';
import { martPositions, sourcesOf } from '../../lake/mart-position.ts';
import type { MartPosition } from '../../lake/mart-position.ts';
import { getModels } from '../../lake/models-report.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import type { WarehouseChoice } from '../../lake/warehouse-position.ts';
import { awaitApplied } from './await-applied.ts';
import { awaitLake, everyMs } from './await-lake.ts';
import type { AwaitOptions } from './await-applied.ts';
import type { AwaitState } from './await-state.ts';

/**
 * Waits for one table, or for one model: until the position is applied to the tables that it reads
 * and is in its rows. A model that failed is waited for, since its next run may be good. Throws as
 * `awaitApplied`, and NO_SUCH_TABLE for a name that is neither.
 */
export async function awaitOne(name: string, options: AwaitOptions): Promise<AwaitState & { lsn: bigint }> {
  const { store } = options;
  const deadline = elapsed() + options.timeoutMs;
  await awaitLake(store, deadline, options.log);
  let mart = await readMart(name, options);
  if (mart === null) {
    const found = await awaitTable(name, { ...options, timeoutMs: deadline - elapsed() });
    if ('done' in found) return found;
    mart = found;
  }
  const applied = await awaitApplied({ ...options, tables: mart.sources, timeoutMs: deadline - elapsed() });
  if (!applied.done) return applied;
  for (;;) {
    const now = await readMart(name, options);
    if (now === null) throw new TailraceError('NO_SUCH_TABLE', `the model ${name} is gone`);
    const { lsn, model } = now.position;
    if (lsn !== null && parseLsn(lsn) >= applied.lsn) return applied;
    if (elapsed() >= deadline) {
      const heldUpBy = model.error === null ? null : `${model.error.code}: ${model.error.message}`;
      return { ...applied, done: false, waitingFor: [{ table: name, heldUpBy }] };
    }
    await abortableSleep(everyMs(store), abortAfter(deadline - elapsed()));
  }
}

/**
 * Waits for a table of the source. Until the first table is live, a name that is none may be that
 * of a model whose file was not read yet: then it waits for the model.
 */
async function awaitTable(name: string, options: AwaitOptions): Promise<(AwaitState & { lsn: bigint }) | Mart> {
  const deadline = elapsed() + options.timeoutMs;
  const begins = !((await readPosition(options.store, options.warehouse))?.tables ?? []).some(({ state }) => state === 'live');
  try {
    return await awaitApplied({ ...options, tables: [name] });
  } catch (error) {
    if (!begins || !(error instanceof TailraceError && error.code === 'NO_SUCH_TABLE')) throw error;
    for (;;) {
      const mart = await readMart(name, options);
      if (mart !== null) return mart;
      if (elapsed() >= deadline) throw error;
      await abortableSleep(everyMs(options.store), abortAfter(deadline - elapsed()));
    }
  }
}

/** A name is found with quotes and without. */
function canonicalName(name: string): string {
  const parts = parseQualifiedName(name);
  return qualifiedName(parts.schema, parts.name);
}

interface Mart {
  readonly position: MartPosition;
  /** Tables of the source that it reads and that the warehouse has; null: none. */
  readonly sources: string[] | null;
}

/** null: no model has the name. */
async function readMart(
  name: string,
  { store, warehouse }: { readonly store: ObjectStore; readonly warehouse: WarehouseChoice },
): Promise<Mart | null> {
  const position = await readPosition(store, warehouse);
  const models = (await getModels(store, position?.warehouseId ?? warehouse.id))?.models ?? [];
  const wanted = canonicalName(name);
  const found = martPositions(models, position).find(({ model }) => model.model === wanted);
  if (found === undefined) return null;
  const read = sourcesOf(found.model, models);
  const isRead = (table: string): boolean => read.has(table) || read.has(historyViewOf(table));
  const sources = (position?.tables ?? []).flatMap(({ table, state }) => (isRead(table) && state !== 'dropped' ? [table] : []));
  return { position: found, sources: sources.length === 0 ? null : sources };
}
