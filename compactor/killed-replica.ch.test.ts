import { expect, test } from 'vitest';
import { steps } from '../core/failpoint.ts';
import type { Failpoint } from '../core/failpoint.ts';
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

/** Where a replica is killed: at a step of the compactor, or while it runs the nth INSERT. */
type Where = Failpoint | number;

const STEPS: readonly Failpoint[] = ['chunks-loaded', 'view-changed', 'window-staged', 'window-merged', 'window-marked'];
/** Three are enough by day. */
const KILLS: readonly (readonly [where: Where, shard: number])[] =
  process.env['TEST_EVERY_PLACE'] === undefined
    ? [
        ['window-staged', 2],
        ['window-merged', 1],
        [4, 2],
      ]
    : [...STEPS, 4, 9, 14].flatMap((where): [Where, number][] => [
        [where, 1],
        [where, 2],
      ]);

/** Does it when this process reaches a step for the first time from now on. */
function onceAt(step: Failpoint, act: () => void): Disposable {
  let acted = false;
  const reached = (name: unknown): void => {
    if (name !== step || acted) return;
    acted = true;
    act();
  };
  steps.subscribe(reached);
  return { [Symbol.dispose]: () => steps.unsubscribe(reached) };
}

test('when a replica is killed, its shard continues on the other one, and no row is lost or doubled', async () => {
  await using cluster = await startCluster({ shards: 2, replicas: 2 });
  let victim = cluster.node(1, 1);
  await using bench = await warehouseBench({
    engine: await ClusterEngine.open({ url: cluster.url, cluster: cluster.name, log: silentLogger() }),
    lose: () => victim.kill(),
  });
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [KEYS.map((id) => ({ id, body: `of ${id}` }))]);
  await lake.copy(readings, { generation: 1, lsn: 10n }, [[{ n: 'same' }]]);
  await bench.settle();
  for (const [round, [where, shard]] of KILLS.entries()) {
    victim = cluster.node(shard, 1);
    const [rekeyed, added] = changes(round);
    await lake.batch([await lake.file(notes, rekeyed), await lake.file(readings, added)]);
    const fresh = tableSchema({ oid: 3500 + round, name: `fresh${round}`, columns: { id: { kind: 'text' } }, key: ['id'] });
    await lake.copy(fresh, { generation: 1, lsn: BigInt(100 + 10 * round) }, [KEYS.map((id) => ({ id }))]);
    const engine = bench.failing();
    const compactor = await bench.start(engine);
    if (typeof where === 'number') await engine.breakOff({ after: where, ran: true, of: /^\s*INSERT\b/ }, () => turnUntilIdle(compactor));
    else {
      using _at = onceAt(where, () => void victim.kill());
      await turnUntilIdle(compactor).catch((error: unknown) => expect(error).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' }));
    }
    expect(victim.isAlive, `${where} of shard ${shard}`).toBe(false);
    const moved = KEYS.map((id) => ({ id: `${id}${'x'.repeat(round + 1)}`, body: `of ${id}` }));
    const settled = async (): Promise<unknown> => [
      (await bench.settle()).tables.filter(({ state }) => state !== 'live'),
      await bench.rows('SELECT id, body FROM public.notes ORDER BY id'),
      await bench.rows('SELECT count() AS rows FROM public.readings'),
      await bench.rows(`SELECT id FROM public.fresh${round} ORDER BY id`),
    ];
    const all = [[], moved, [{ rows: String(round + 2) }], KEYS.map((id) => ({ id }))];
    expect(await settled(), `${where} of shard ${shard}`).toEqual(all);
    await victim.start();
    expect(await settled(), `${where} of shard ${shard}, and back`).toEqual(all);
  }
}, 1_800_000);
