import { afterAll } from 'vitest';
import { silentLogger } from '../../../core/log.ts';
import { ClusterEngine } from '../../../warehouse/cluster/cluster-engine.ts';
import { warehouseBench } from '../warehouse/warehouse-bench.ts';
import type { BenchOptions, WarehouseBench } from '../warehouse/warehouse-bench.ts';
import { startCluster } from './clickhouse-cluster.ts';
import type { ClickhouseCluster } from './clickhouse-cluster.ts';

/** A bench whose warehouse is a cluster. */
export interface ClusterBench extends WarehouseBench {
  readonly cluster: ClickhouseCluster;
}

let shared: Promise<ClickhouseCluster> | null = null;

afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

/**
 * Opens one over three shards of two replicas. The tests of a file share the nodes, which are
 * emptied: use one bench after the other.
 */
export async function clusterBench(options: BenchOptions = {}): Promise<ClusterBench> {
  if (shared === null) shared = startCluster({ shards: 3, replicas: 2 });
  const cluster = await shared;
  await cluster.empty();
  const engine = await ClusterEngine.open({ url: cluster.url, cluster: cluster.name, log: silentLogger(), parallel: 4 });
  const bench = await warehouseBench({ ...options, engine });
  return {
    ...bench,
    cluster,
    // Only rows are acknowledged by a second replica, and this reads from that one.
    async rows<T extends object>(sql: string) {
      await cluster.finishChanges();
      return bench.rows<T>(sql);
    },
  };
}
