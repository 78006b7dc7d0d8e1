import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import { putRequest, putStage, readStage } from '../../lake/control.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { benchContext, writeBase } from '../../test/support/warehouse/base-bench.ts';
import { freezing } from '../../test/support/warehouse/freezing-engine.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { WAREHOUSE_ID, later, turnUntilIdle, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { PositionReport } from '../position-report.ts';
import { Space } from '../upkeep/space.ts';
import { FencedEngine } from './fenced-engine.ts';
import { fenceSql, takeOver } from './server-lease.ts';

const server = await startClickhouse();
afterAll(() => server[Symbol.asyncDispose]());

const items = tableSchema({ oid: 6101, name: 'items', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

const connection = (): Promise<HttpEngine> => HttpEngine.open({ url: server.url, log: silentLogger() });

async function emptyBench(): Promise<WarehouseBench> {
  const bench = await warehouseBench({ engine: await connection() });
  for (const database of ['tailrace', 'public']) await bench.engine.exec(`DROP DATABASE IF EXISTS ${database}`);
  return bench;
}

test.each([
  ['its front', /INSERT INTO tailrace\.meta .*'front'/s],
  ['the state of a table', /INSERT INTO tailrace\.generations/],
])('a compactor that was frozen before it saved %s and lost the server leaves the value of its successor', async (_what, statement) => {
  await using bench = await emptyBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'one' }]]);
  await using other = await connection();
  const { engine, frozen, wake } = freezing(other, statement);
  await lake.batch([], { to: 20n });
  const turning = bench.start(engine).then(turnUntilIdle);
  turning.catch(() => undefined);
  await frozen;
  await lake.copy(items, { generation: 2, lsn: 25n }, [[{ id: '1', body: 'two' }]]);
  await lake.batch([], { to: 30n });
  await bench.settle();
  wake();
  await expect(turning).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 2 }]);
  expect(await bench.rows('SELECT id, body FROM public.items')).toEqual([{ id: 1, body: 'two' }]);
});

/** A live table with one commit since its copy. */
async function changedBench(): Promise<WarehouseBench> {
  const bench = await emptyBench();
  await bench.lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'one' }]]);
  await change(bench, 20n, 'two');
  await bench.settle();
  return bench;
}

async function change({ lake }: WarehouseBench, lsn: bigint, body: string): Promise<void> {
  await lake.batch([await lake.file(items, [{ op: 'U', lsn, ordinal: 1, row: { id: '1', body } }])]);
}

/**
 * Ends the process whose statement is frozen, once another one has gone on: the statement is sent
 * then. Its clone must not count.
 */
async function cloneLate(bench: WarehouseBench, clone: RegExp, work: (engine: Engine) => Promise<unknown>): Promise<void> {
  await using other = await connection();
  const { engine, frozen, wake } = freezing(other, clone);
  const working = work(engine);
  working.catch(() => undefined);
  await frozen;
  await change(bench, 30n, 'three');
  await bench.settle();
  wake();
  await expect(working).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
}

const CLONES = "SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '^(clone|frozen)_') ORDER BY name";

test('a clone for a base that comes late is not read, and goes', async () => {
  await using bench = await changedBench();
  await cloneLate(bench, /CREATE TABLE\s+`tailrace`.`clone_\d+_base_/, (engine) => writeBase({ ...bench, engine }, 'items'));
  expect(await new BaseLog(bench.lake.store).listed(items.tableId)).toEqual([]);
  expect(await bench.rows(CLONES)).toEqual([]);
});

test('a verification gets no clone with rows that another compactor has applied since', async () => {
  await using bench = await changedBench();
  const { store } = bench.lake;
  const id = await putRequest(store, { kind: 'verify', tables: null });
  await putStage(store, { id, stage: 'point' }, { lsn: '0/15' });
  await cloneLate(bench, /`clone_\d+_\w+` ATTACH PARTITION/, async (engine) => {
    const compactor = await bench.start(engine);
    while ((await readStage(store, { id, stage: 'cloned' })) === null) await turnUntilIdle(compactor);
  });
  expect(await readStage(store, { id, stage: 'cloned' })).toBeNull();
  expect(await readStage(store, { id, stage: 'done' })).toMatchObject({ ok: false });
  expect(await bench.rows(CLONES)).toEqual([]);
});

test('a clone for a freeze that comes late fills no clone of the same freeze again', async () => {
  await using bench = await changedBench();
  const id = await putRequest(bench.lake.store, { kind: 'freeze', name: 'nightly', tables: null, warehouseId: WAREHOUSE_ID });
  await cloneLate(bench, /frozen_\w+` ATTACH PARTITION/, async (engine) => turnUntilIdle(await bench.start(engine)));
  expect(await readStage(bench.lake.store, { id, stage: 'done' })).toMatchObject({ ok: true });
  const clones = await bench.rows<{ name: string }>(CLONES);
  expect(clones).toHaveLength(1);
  const twice = `SELECT count() > uniqExact(tuple(*)) AS twice FROM tailrace.${clones[0]?.name ?? ''}`;
  expect(await bench.rows(twice)).toEqual([{ twice: 0 }]);
});

test('a compactor that has lost its server and is idle writes no earlier position', async () => {
  await using bench = await changedBench();
  await using other = await connection();
  const report = new PositionReport(await benchContext({ ...bench, engine: other }), WAREHOUSE_ID, new Space());
  await report.write(later(0));
  await change(bench, 30n, 'three');
  const { manifest, at } = await bench.settle();
  await expect(report.write(later(60_000))).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
  expect(await bench.position()).toMatchObject({ manifest, at });
});

test('a compactor that takes a server over ends the statements of its predecessor before it reads anything', async () => {
  await using bench = await emptyBench();
  await bench.start();
  await using first = await connection();
  await takeOver(first, { warehouseId: 'another', number: 7 });
  await first.exec('CREATE TABLE tailrace.slow (n UInt64) ENGINE = MergeTree ORDER BY n');
  const slow = first.exec(
    'INSERT INTO tailrace.slow SELECT number + sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1, max_insert_threads = 1',
  );
  const failed = slow.catch((error: unknown) => error);
  const running = "SELECT count() AS n FROM system.processes WHERE match(query_id, '^tailrace-another-compact-7-')";
  await eventually(async () => (await bench.rows<{ n: string }>(running))[0]?.n === '1', 'the slow insert');
  await bench.start();
  expect(await bench.rows(running)).toEqual([{ n: '0' }]);
  expect(await failed).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
});

test('once the lease is lost, statements other than inserts are no longer sent', async () => {
  await using bench = await emptyBench();
  await bench.start();
  await using server1 = await connection();
  const lease = { warehouseId: 'bench', number: 100 };
  await takeOver(server1, lease);
  const fenced = new FencedEngine(server1, fenceSql(lease));
  await fenced.exec('CREATE VIEW tailrace.held AS SELECT 1');
  await takeOver(bench.engine, { ...lease, number: 101 });
  await expect(fenced.exec('CREATE OR REPLACE VIEW tailrace.held AS SELECT 2')).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
  await expect(fenced.exec('DROP TABLE tailrace.meta')).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
  expect(await bench.rows('SELECT * FROM tailrace.held')).toEqual([{ '1': 1 }]);
});
