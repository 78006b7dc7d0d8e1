import { failpoint } from '../core/failpoint.ts';
import { sql } from '../warehouse-sql/load.ts';
import { onShards } from './cluster/shards.ts';
import type { Engine } from './engine.ts';
import { literalCh, qualifiedCh } from './names.ts';
import { placeOf, TABLE_SETTINGS } from './place.ts';

/** A table and its clone, each `database`.`name` in backticks. */
export interface CloneOrder {
  readonly storage: string;
  readonly clone: string;
}

/**
 * Makes a copy of a table from hard links, in milliseconds. It has the settings of the table. A
 * copy of that name, also half of one that a crash left, is dropped first, so this may be repeated.
 * Errors are the engine's.
 */
export async function cloneToGrow(engine: Pick<Engine, 'exec'>, order: CloneOrder): Promise<void> {
  await createClone(engine, order, '');
  await engine.exec(sql('fill-clone', { ...order }));
}

/**
 * The same for a copy that is only read: it is never merged, not even with the forced merge that
 * its table has, because merged parts would no longer be links.
 */
export async function cloneToRead(engine: Engine, order: CloneOrder): Promise<void> {
  await emptyClone(engine, order);
  // Before there are parts, because ClickHouse may choose some for a merge at once.
  const settings = (await placeOf(engine)).tableSettings(TABLE_SETTINGS.clone);
  if (settings !== '') await engine.exec(sql('keep-parts', { clone: order.clone, settings }));
  await onShards(engine, (shard) => shard.exec(sql('fill-clone', { ...order })));
}

/** Makes a table like another one, without rows. One of that name is dropped first. */
export async function emptyClone(engine: Engine, order: CloneOrder): Promise<void> {
  await createClone(engine, order, await engineClause(engine, order.storage));
}

/** Drops a copy, if it is there. */
export async function dropClone(engine: Pick<Engine, 'exec'>, clone: string): Promise<void> {
  await engine.exec(sql('drop-clone', { clone }));
}

/**
 * Drops a copy of the compactor whose name has the lease of this process, also when that is lost.
 * Otherwise it would stay until the next start of a compactor.
 */
export async function discardClone(engine: Pick<Engine, 'discard' | 'exec'>, name: string): Promise<void> {
  const statement = sql('drop-clone', { clone: qualifiedCh('tailrace', name) });
  await (engine.discard?.(statement) ?? engine.exec(statement));
}

async function createClone(engine: Pick<Engine, 'exec'>, order: CloneOrder, clause: string): Promise<void> {
  await dropClone(engine, order.clone);
  await engine.exec(sql('create-clone', { ...order, engine: clause }));
  failpoint('clone-created');
}

/**
 * A clone that is made on some replicas of a cluster may be read from others: waits until these
 * have its parts. `replicas`: none, where there is no cluster.
 */
export async function syncClone(replicas: readonly Engine[] | undefined, clone: string): Promise<void> {
  await Promise.all((replicas ?? []).map((replica) => replica.exec(sql('sync-replica', { table: clone }))));
}

/**
 * A replicated table cannot be created like another one: its definition names a place in the
 * Keeper, which two tables cannot share. Without the place it gets one of its own.
 */
async function engineClause(engine: Engine, storage: string): Promise<string> {
  if (engine.traits.cluster === undefined) return '';
  const [found] = await engine.query<{ engine: string }>(sql('storage-engine', { storage: literalCh(storage) }));
  const named = (found?.engine ?? 'MergeTree').replace(/^(?:Replicated)?/, 'Replicated');
  return `\nENGINE = ${named.replace(/^(\w+\()'[^']*', '[^']*'(?:, )?/, '$1')}`;
}
