import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { startCluster } from '../test/support/cluster/clickhouse-cluster.ts';
import { givenCluster } from '../test/support/cluster/real-cluster.ts';
import type { ClickhouseCluster } from '../test/support/cluster/clickhouse-cluster.ts';
import { BaseLog } from '../lake/bases/base-log.ts';
import { putRequest, readStage } from '../lake/control.ts';
import type { Change, Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { BenchOptions, WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { eventually } from '../test/support/eventually.ts';
import { input } from '../test/support/status-input.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import { Conditions } from '../monitor/conditions/conditions.ts';
import { composeStatus } from '../monitor/status.ts';
import { runCompactor } from './compactor.ts';
import { cloneToRead, syncClone } from '../warehouse/clone.ts';
import { queryAll, sum } from '../warehouse/cluster/shards.ts';
import { qualifiedCh } from '../warehouse/names.ts';
import { ClusterEngine } from '../warehouse/cluster/cluster-engine.ts';
import { HttpEngine } from '../warehouse/http-engine.ts';

let cluster: ClickhouseCluster;
beforeAll(async () => {
  cluster = await startCluster({ shards: 2, replicas: 2, also: { solo: 1 } });
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(() => cluster.empty());

const notes = tableSchema({ oid: 3301, name: 'notes', columns: { id: { kind: 'text' }, body: { kind: 'text' } }, key: ['id'] });
const lines = tableSchema({ oid: 3302, name: 'lines', columns: { line: { kind: 'text' } }, identity: 'append' });
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const COPIED: readonly Row[] = KEYS.map((id) => ({ id, body: `of ${id}` }));
const SHOWN = 'SELECT id, body FROM public.notes ORDER BY id';

/** Changes every key without its body. `round`: from 1, each after the one before. */
function rekeyed(round: number): Change[] {
  const lsn = BigInt(20 + 10 * round);
  const before = 'x'.repeat(round - 1);
  return KEYS.flatMap((id, index): Change[] => [
    { op: 'D', lsn, ordinal: 2 * index + 1, row: { id: `${id}${before}`, body: null }, keyChange: true },
    { op: 'U', lsn, ordinal: 2 * index + 2, row: { id: `${id}${before}x`, body: undefined } },
  ]);
}

function shownAfter(round: number): Row[] {
  return KEYS.map((id) => ({ id: `${id}${'x'.repeat(round)}`, body: `of ${id}` }));
}

async function open(name = cluster.name, options: BenchOptions = {}): Promise<WarehouseBench> {
  const engine = await ClusterEngine.open({ url: cluster.url, cluster: name, log: silentLogger() });
  return warehouseBench({ ...options, engine });
}

async function settled(bench: WarehouseBench): Promise<void> {
  expect((await bench.settle()).tables.filter(({ state, error }) => state !== 'live' || error !== null)).toEqual([]);
}

async function copied(bench: WarehouseBench): Promise<void> {
  await bench.lake.copy(notes, { generation: 1, lsn: 10n }, [COPIED]);
  await bench.lake.batch([], { to: 11n });
  await settled(bench);
}

/** A compactor of the product, which takes the warehouse at once. */
function follow({ lake, engine }: WarehouseBench, signal: AbortSignal): Promise<void> {
  const limits = { stepRows: 1000, stepBytes: 1 << 20 };
  const standBy = { silentMs: 0, lookMs: null };
  return runCompactor({ store: lake.store, engine, warehouseId: WAREHOUSE_ID, limits, standBy, log: silentLogger(), signal });
}

async function rekey(bench: WarehouseBench, round: number): Promise<void> {
  await bench.lake.batch([await bench.lake.file(notes, rekeyed(round))]);
  await settled(bench);
}

/** Clones the storage as for a verification, and counts its rows as another process does. */
async function rowsOfClone(bench: WarehouseBench): Promise<number> {
  const clone = qualifiedCh('tailrace', 'clone_1');
  await cloneToRead(bench.engine, { clone, storage: qualifiedCh('tailrace', 't3301_1_g1') });
  await using reader = await ClusterEngine.open({ url: cluster.node(2, 2).url, cluster: cluster.name, log: silentLogger() });
  await syncClone(reader.shards, clone);
  return sum(await queryAll<{ rows: string }>(reader, `SELECT count() AS rows FROM ${clone} FINAL`), 'rows');
}

test('keys that move between shards keep their values, also when a shard is read from its other replica', async () => {
  await using bench = await open();
  await copied(bench);
  expect(await bench.rows(SHOWN)).toEqual(COPIED);
  await rekey(bench, 1);
  expect(await bench.rows(SHOWN)).toEqual(shownAfter(1));
  expect(await rowsOfClone(bench)).toBe(KEYS.length);
  await cluster.node(1, 1).kill();
  await cluster.node(2, 1).kill();
  await rekey(bench, 2);
  expect(await bench.rows(SHOWN)).toEqual(shownAfter(2));
  await cluster.node(1, 1).start();
  await cluster.node(2, 1).start();
  await rekey(bench, 3);
  expect(await bench.rows(SHOWN)).toEqual(shownAfter(3));
}, 300_000);

test('rows of one shard are spread over two by a rebuild, and readable until then', async () => {
  await using one = await open('solo');
  await copied(one);
  await using two = await open(cluster.name, { lake: one.lake });
  await expect(follow(two, new AbortController().signal)).rejects.toThrow(
    'WAREHOUSE_RESHARDED: the warehouse was spread over 1 and the cluster has 2 shards.',
  );
  // That process has ended, and `tailrace rebuild` sees why.
  expect((await two.position()).trouble?.code).toBe('WAREHOUSE_RESHARDED');
  expect(await one.rows(SHOWN)).toEqual(COPIED);
  await putRequest(one.lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  expect((await two.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await two.rows(SHOWN)).toEqual(COPIED);
  await rekey(two, 1);
  expect(await two.rows(SHOWN)).toEqual(shownAfter(1));
}, 300_000);

test('a base has the rows of all shards, as another computation of the lake has them, and one machine loads it', async () => {
  await using bench = await open(cluster.name, { baseIntervalMs: 1_000 });
  await bench.lake.copy(lines, { generation: 1, lsn: 10n }, [[{ line: 'a' }, { line: 'b' }], [{ line: 'b' }]]);
  await copied(bench);
  const added: Change = { op: 'I', lsn: 31n, ordinal: 1, row: { line: 'c' } };
  await bench.lake.batch([await bench.lake.file(notes, rekeyed(1)), await bench.lake.file(lines, [added])]);
  await settled(bench);
  const bases = await new BaseLog(bench.lake.store).whole();
  expect(bases.map(({ plan, done, proof }) => [plan.table, done.rows, proof?.equal])).toEqual([
    ['public.notes', KEYS.length, true],
    ['public.lines', 4, true],
  ]);
  await using machine = await warehouseBench({ lake: bench.lake });
  await machine.settle();
  expect(await machine.rows(SHOWN)).toEqual(shownAfter(1));
  expect(await machine.rows('SELECT line FROM public.lines ORDER BY line')).toEqual([
    { line: 'a' },
    { line: 'b' },
    { line: 'b' },
    { line: 'c' },
  ]);
}, 300_000);

test('a freeze shows the rows of all shards at one position from any node, and leaves nothing', async () => {
  await using bench = await open();
  await copied(bench);
  const ask = (kind: 'freeze' | 'drop-freeze') =>
    putRequest(bench.lake.store, { kind, name: 'kept', tables: null, warehouseId: WAREHOUSE_ID });
  const { store } = bench.lake;
  const frozen = await ask('freeze');
  await settled(bench);
  expect(await readStage(store, { id: frozen, stage: 'done' })).toMatchObject({ ok: true, frozen: { databases: ['kept_public'] } });
  await rekey(bench, 1);
  for (const { url } of cluster.nodes) {
    await using reader = await HttpEngine.open({ url, log: silentLogger() });
    expect(await reader.query(SHOWN.replace('public', 'kept_public'))).toEqual(COPIED);
  }
  expect(await bench.rows(SHOWN)).toEqual(shownAfter(1));
  const dropped = await ask('drop-freeze');
  await settled(bench);
  await settled(bench);
  expect(await readStage(store, { id: dropped, stage: 'done' })).toEqual({ ok: true });
  const left = "SELECT database, name FROM system.tables WHERE database LIKE 'tailrace%' AND (name LIKE '%kept%' OR name LIKE 'frozen%')";
  expect(await bench.rows(left)).toEqual([]);
  expect(await bench.rows("SELECT name FROM system.databases WHERE name LIKE 'kept%'")).toEqual([]);
}, 300_000);

const words = tableSchema({ oid: 3302, name: 'words', columns: { id: { kind: 'text' } }, key: ['id'] });

/** The last replica of a shard comes back without its disk; the other one was away for a window. */
async function loseOnlyCopy(bench: WarehouseBench, shard: number, window: () => Promise<void>): Promise<void> {
  await cluster.node(shard, 2).kill();
  await window();
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live' }, { state: 'live' }]);
  await cluster.node(shard, 1).kill();
  await cluster.node(shard, 1).loseDisk();
  for (const replica of [1, 2]) await cluster.node(shard, replica).start();
}

const AWAY: readonly (readonly [what: string, begin: () => Promise<void> | void, end: () => Promise<void> | void])[] = [
  ['its keeper', () => cluster.setKeeperAway(true), () => cluster.setKeeperAway(false)],
  ['the second copy of a quorum', () => cluster.node(1, 2).kill(), () => cluster.node(1, 2).start()],
  ['the right to write', () => cluster.node(2, 1).setReadOnly(true), () => cluster.node(2, 1).setReadOnly(false)],
];

// A real cluster cannot be told to do all of this.
describe.skipIf(givenCluster() !== null)('on the double', () => {
  test('a product that trusts a replica before it is synced is found out', async () => {
    await using bench = await open();
    await copied(bench);
    await cluster.node(2, 1).kill();
    await rekey(bench, 1);
    await cluster.node(2, 1).start();
    cluster.setSyncIgnored(true);
    await bench.lake.batch([await bench.lake.file(notes, rekeyed(2))]);
    const { tables } = await bench.settle();
    expect([tables[0]?.state, await bench.rows(SHOWN)]).not.toEqual(['live', shownAfter(2)]);
  }, 300_000);

  test('tables are parked whose rows, or whose state, no replica has any more, and come back from the lake', async () => {
    await using bench = await open();
    const { lake } = bench;
    await lake.copy(words, { generation: 1, lsn: 10n }, [[{ id: 'one' }]]);
    await copied(bench);
    const lost = { state: 'parked', error: { code: 'WAREHOUSE_LOST_ROWS' } };

    await loseOnlyCopy(bench, 1, async () => void (await lake.batch([await lake.file(notes, rekeyed(1))])));
    expect((await bench.settle()).tables).toMatchObject([lost, lost]);
    await putRequest(lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }, { state: 'live' }]);
    expect(await bench.rows(SHOWN)).toEqual(shownAfter(1));

    const added = KEYS.map((id, index): Change => ({ op: 'I', lsn: 50n, ordinal: index + 1, row: { id: `${id}!`, body: 'new' } }));
    await loseOnlyCopy(bench, 2, async () => void (await lake.batch([await lake.file(notes, added)])));
    expect((await bench.settle()).tables).toMatchObject([lost, { state: 'live' }]);
    expect((await bench.rows(SHOWN)).length).toBeLessThan(2 * KEYS.length);
    const resumed = await putRequest(lake.store, { kind: 'resume', table: 'public.notes', warehouseId: WAREHOUSE_ID });
    await bench.settle();
    expect(await readStage(lake.store, { id: resumed, stage: 'done' })).toEqual({ ok: true, by: 'copy' });
  }, 300_000);

  test('a window that meets what heals is applied later, and parks no table', async () => {
    await using bench = await open();
    await copied(bench);
    for (const [index, [what, begin, end]] of AWAY.entries()) {
      const compactor = await bench.start();
      await bench.lake.batch([await bench.lake.file(notes, rekeyed(index + 1))]);
      await begin();
      await expect(turnUntilIdle(compactor), what).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
      await end();
      expect((await bench.settle()).tables, what).toMatchObject([{ state: 'live', error: null }]);
      expect(await bench.rows(SHOWN), what).toEqual(shownAfter(index + 1));
    }
  }, 300_000);

  test('a shard that is away is named in the position and the alert, and its rows come once when it is back', async () => {
    await using bench = await open();
    const { lake } = bench;
    await copied(bench);
    const abort = new AbortController();
    const running = follow(bench, abort.signal);
    const alerts = async (): Promise<string[]> => {
      const found = await bench.position();
      const { trouble, lagging = [] } = found;
      const manifest = await new ManifestLog(lake.store, silentLogger()).newest(null);
      const report = composeStatus(
        input({
          position: found,
          manifest,
          nowMs: Date.parse(manifest?.commitTimes?.[1] ?? ''),
          compactorSilentMs: 0,
          heartbeatMs: 3_600_000,
        }),
      );
      const raised = new Conditions({ longTransactionMs: 1, walBudgetAction: 'alert' }).look(report, 0);
      expect([report.warehouse.trouble, report.warehouse.lagging]).toEqual([trouble?.message ?? null, lagging]);
      return raised.filter(({ kind }) => /compactor|replica/.test(kind)).map(({ summary }) => summary);
    };
    const nodes = [cluster.node(2, 1), cluster.node(2, 2)];
    await lake.batch([await lake.file(notes, rekeyed(1))]);
    await eventually(async () => (await bench.position()).appliedLsn === '0/1F', 'the compactor to work');
    for (const node of nodes) await node.kill();
    await lake.batch([await lake.file(notes, rekeyed(2))]);
    const away =
      /Changes are held up by the compactor: 1 batch is waiting: no replica of shard 2 answers: 127\.0\.0\.13:\d+ does not answer/;
    await eventually(async () => (await alerts()).some((summary) => away.test(summary)), 'the alert to name the shard');
    await lake.batch([await lake.file(notes, rekeyed(3))]);
    await nodes[1]?.start();
    await eventually(async () => (await bench.position()).appliedLsn === '0/33', 'both windows to be applied');
    await eventually(async () => (await alerts()).length === 1, 'the alert of the replica alone');
    expect((await alerts()).join()).toContain('replica 1 of shard 2 (127.0.0.13) does not answer or takes no rows.');
    abort.abort();
    await running;
    await nodes[0]?.start();
    await bench.settle();
    expect(await alerts()).toEqual([]);
    expect(await bench.rows(SHOWN)).toEqual(shownAfter(3));
  }, 300_000);
});
