import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { freezing } from '../../test/support/warehouse/freezing-engine.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { turnUntilIdle, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
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
