import { LEASE_LOST } from '../../warehouse/clickhouse-code.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { onShards } from '../../warehouse/cluster/shards.ts';
import { literalCh } from '../../warehouse/names.ts';
import { endOtherLives } from '../../warehouse/running-statements.ts';
import type { StatementLife } from '../../warehouse/running-statements.ts';
import { sql } from '../../warehouse-sql/load.ts';

/** A lease of a warehouse. */
export interface Lease {
  readonly warehouseId: string;
  readonly number: number;
}

/**
 * A scalar subquery that is 0 while the lease is the newest one, and otherwise throws
 * WAREHOUSE_TAKEN. The server evaluates it as part of the statement that contains it, so a
 * statement that arrives late does nothing.
 */
export function fenceSql({ warehouseId, number }: Lease): string {
  return sql('fence', {
    lease: leaseKey(warehouseId),
    number: String(number),
    warehouse: literalCh(warehouseId),
    lost: literalCh(LEASE_LOST),
  });
}

/**
 * Makes a lease the one that the server obeys, and ends the statements of all others. In this
 * order: a statement that was sent before has either evaluated its fence and is ended, or it will
 * find that its lease is lost. When this resolves, no other compactor writes any more, so the state
 * is read after it. WAREHOUSE_UNAVAILABLE when a statement does not end.
 */
export async function takeOver(engine: Engine, lease: Lease): Promise<void> {
  const life: StatementLife = { warehouseId: lease.warehouseId, part: 'compact', life: String(lease.number) };
  engine.identify?.(life);
  const number = String(lease.number);
  await onShards(engine, async (shard, { shard: index }) => {
    await shard.exec(sql('take-lease', { lease: leaseKey(lease.warehouseId), number }));
    // A fence is looked at where its statement runs, and the state is on the first shard only.
    const rows = `('warehouseId', ${literalCh(lease.warehouseId)}, ${number})`;
    if (index > 0) await shard.exec(sql('save-state', { target: 'meta (key, value, seq)', rows }));
  });
  for (const node of engine.nodes ?? [engine]) {
    if (engine.nodes !== undefined) await node.exec(sql('sync-replica', { table: 'tailrace.meta' }));
    await endOtherLives(node, life);
  }
}

function leaseKey(warehouseId: string): string {
  return literalCh(`lease ${warehouseId}`);
}
