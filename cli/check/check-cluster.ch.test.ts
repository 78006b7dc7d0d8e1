import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { startCluster } from '../../test/support/cluster/clickhouse-cluster.ts';
import type { ClickhouseCluster } from '../../test/support/cluster/clickhouse-cluster.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { checkWarehouse } from './check-warehouse.ts';

let cluster: ClickhouseCluster;

beforeAll(async () => {
  cluster = await startCluster({ shards: 2, replicas: 2 });
});

afterAll(() => cluster[Symbol.asyncDispose]());

/** Item, verdict, value and fix of those that are not well, or the number of all when each is. */
async function troubles(name = cluster.name): Promise<(string | null)[][] | number> {
  const config = {
    lake: 's3://bucket/shop',
    s3PathStyle: true,
    warehouse: cluster.url,
    'warehouse.cluster': name,
    'warehouse.lakeAccess': { way: 'keys' },
    'warehouse.storagePolicy': undefined,
  } as const;
  const items = await checkWarehouse(config, ['public'], silentLogger());
  const bad = items.filter(({ verdict }) => verdict !== 'ok');
  return bad.length === 0 ? items.length : bad.map(({ item, verdict, value, fix }) => [item, verdict, value, fix]);
}

test('check asks every node of a cluster, and names the one that is away, read-only or unknown', async () => {
  // The cluster, five items of each node, and the macros.
  expect(await troubles()).toBe(22);
  expect(await troubles('shop')).toEqual([
    [
      'cluster',
      'fail',
      expect.stringMatching(/^warehouse\.cluster is "shop", and the server knows the clusters .*trio/),
      expect.any(String),
    ],
  ]);
  await createTable();
  cluster.node(1, 2).setReadOnly(true);
  await cluster.node(2, 2).kill();
  expect(await troubles()).toEqual([
    ['node 127.0.0.12', 'warn', 'replica 2 of shard 1 is read-only: its Keeper is away', expect.stringContaining('zookeeper')],
    away('warn'),
  ]);
  await cluster.node(2, 1).kill();
  expect(await troubles()).toContainEqual(away('fail'));
});

/** The second replica of the second shard does not answer. */
function away(verdict: string): unknown[] {
  const said = /^replica 2 of shard 2: 127\.0\.0\.14:\d+ does not answer: /;
  return ['node 127.0.0.14', verdict, expect.stringMatching(said), expect.any(String)];
}

/** A node knows by its replicated tables whether it takes rows. */
async function createTable(): Promise<void> {
  await using engine = await HttpEngine.open({ url: cluster.url, log: silentLogger() });
  await engine.exec(
    `CREATE DATABASE tailrace ON CLUSTER '${cluster.name}' ENGINE = Replicated('/clickhouse/databases/tailrace', '{shard}', '{replica}')`,
  );
  await engine.exec('CREATE TABLE tailrace.meta (id UInt8) ENGINE = ReplicatedReplacingMergeTree ORDER BY id');
}
