import { expect, test } from 'vitest';
import { silentLogger } from '../../../core/log.ts';
import { HttpEngine } from '../../../warehouse/http-engine.ts';
import { startCluster } from './clickhouse-cluster.ts';
import { givenCluster, realCluster } from './real-cluster.ts';

const DATABASE = "CREATE DATABASE d ON CLUSTER 'trio' ENGINE = Replicated('/clickhouse/databases/d', '{shard}', '{replica}')";
const TABLE = 'CREATE TABLE d.t (n UInt8) ENGINE = ReplicatedMergeTree ORDER BY n';

test('a cluster is given by a URL and a name', () => {
  expect(givenCluster({})).toBeNull();
  expect(givenCluster({ TEST_CLUSTER_URL: 'http://h:8123', TEST_CLUSTER_NAME: 'shop' })).toEqual({ url: 'http://h:8123', name: 'shop' });
  expect(() => givenCluster({ TEST_CLUSTER_URL: 'http://h:8123' })).toThrow('TEST_CLUSTER_NAME is not');
});

test('a given cluster is used as the double is: nodes die and come back, replicas are waited for, and all is dropped', async () => {
  await using double = await startCluster({ shards: 1, replicas: 2 });
  const told: string[] = [];
  const containers = {
    kill: async (service: string): Promise<void> => {
      told.push(`kill ${service}`);
      await double.node(1, 2).kill();
    },
    start: async (service: string): Promise<void> => {
      told.push(`start ${service}`);
      await double.node(1, 2).start();
    },
    loseDisk: (service: string): Promise<void> => {
      told.push(`lose ${service}`);
      return double.node(1, 2).loseDisk();
    },
  };
  await using given = await realCluster({ url: double.url, name: double.name }, containers);
  expect(given.nodes.map(({ shard, replica, url }) => [shard, replica, url])).toEqual(
    double.nodes.map(({ shard, replica, url }) => [shard, replica, `${url}/`]),
  );
  const [first, second] = await Promise.all(given.nodes.map(({ url }) => HttpEngine.open({ url, log: silentLogger() })));
  await first?.exec(DATABASE);
  await given.node(1, 2).kill();
  expect(given.node(1, 2).isAlive).toBe(false);
  await first?.exec(TABLE);
  await first?.exec('INSERT INTO d.t SELECT 7');
  await given.replicate();
  await given.node(1, 2).start();
  expect(await second?.query('SELECT n FROM d.t')).toEqual([]);
  await given.finishChanges();
  expect(await second?.query('SELECT n FROM d.t')).toEqual([{ n: 7 }]);
  await given.node(1, 2).kill();
  await given.node(1, 2).loseDisk();
  await given.empty();
  expect(await second?.query("SELECT name FROM system.databases WHERE name = 'd'")).toEqual([]);
  expect(told).toEqual(['kill', 'start', 'kill', 'lose', 'start'].map((what) => `${what} node-1-2`));
  for (const engine of [first, second]) await engine?.close();
});
