import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import type { Change } from '../test/support/change-file.ts';
import { startCluster } from '../test/support/cluster/clickhouse-cluster.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { ClusterEngine } from '../warehouse/cluster/cluster-engine.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const notes = tableSchema({ oid: 3401, name: 'notes', columns: { id: { kind: 'text' }, body: { kind: 'text' } }, key: ['id'] });
const readings = tableSchema({ oid: 3402, name: 'readings', columns: { n: { kind: 'text' } }, identity: 'full' });

/** Every key changes without its body, and a row comes that has no key. */
function changes(round: number): [Change[], Change[]] {
  const lsn = BigInt(100 + 10 * round);
  const before = 'x'.repeat(round);
  const rekeyed = KEYS.flatMap((id, index): Change[] => [
    { op: 'D', lsn, ordinal: 2 * index + 1, row: { id: `${id}${before}`, body: null }, keyChange: true },
    { op: 'U', lsn, ordinal: 2 * index + 2, row: { id: `${id}${before}x`, body: undefined } },
  ]);
  return [rekeyed, [{ op: 'I', lsn, ordinal: 100, row: { n: 'same' } }]];
}

test('when a replica is killed at a statement, its shard continues on the other one, and no row is lost or doubled', async () => {
  await using cluster = await startCluster({ shards: 2, replicas: 2 });
  let shard = 2;
  await using bench = await warehouseBench({
    engine: await ClusterEngine.open({ url: cluster.url, cluster: cluster.name, log: silentLogger() }),
    lose: () => cluster.node(shard, 1).kill(),
  });
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [KEYS.map((id) => ({ id, body: `of ${id}` }))]);
  await lake.copy(readings, { generation: 1, lsn: 10n }, [[{ n: 'same' }]]);
  await bench.settle();
  const shown = async (): Promise<unknown> => [
    await bench.rows('SELECT id, body FROM public.notes ORDER BY id'),
    await bench.rows('SELECT count() AS rows FROM public.readings'),
  ];
  for (const [round, after] of [4, 9].entries()) {
    shard = 2 - round;
    const [rekeyed, added] = changes(round);
    await lake.batch([await lake.file(notes, rekeyed), await lake.file(readings, added)]);
    const engine = bench.failing();
    const compactor = await bench.start(engine);
    expect(await engine.breakOff({ after, ran: true, of: /^\s*INSERT\b/ }, () => turnUntilIdle(compactor))).toBe(true);
    expect(cluster.node(shard, 1).isAlive).toBe(false);
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live' }, { state: 'live' }]);
    const all = [KEYS.map((id) => ({ id: `${id}${'x'.repeat(round + 1)}`, body: `of ${id}` })), [{ rows: String(round + 2) }]];
    expect(await shown()).toEqual(all);
    await cluster.node(shard, 1).start();
    await bench.settle();
    expect(await shown()).toEqual(all);
  }
}, 600_000);
