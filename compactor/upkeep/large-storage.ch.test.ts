import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { endForcedMerges } from './forced-merges.ts';

const big = tableSchema({ oid: 6201, name: 'big', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });
const small = tableSchema({ oid: 6202, name: 'small', columns: { id: { kind: 'int4' } }, key: ['id'] });
const loose = tableSchema({ oid: 6203, name: 'loose', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, identity: 'full' });

const rows = Array.from({ length: 2_000 }, (_, id) => ({
  id: String(id),
  body: String(Math.imul(id + 1, 2_654_435_761) >>> 0).repeat(20),
}));

test('a few changes no longer rewrite a large storage as a whole; a small one still becomes one part', async () => {
  await using bench = await warehouseBench();
  for (const schema of [big, loose]) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [rows]);
  await bench.lake.copy(small, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.settle();
  expect((await endForcedMerges(bench.engine, 10_000)).toSorted()).toEqual(['t6201_1_g1', 't6203_1_g1']);
  const forced = "SELECT name FROM system.tables WHERE database = 'tailrace' AND engine_full LIKE '%min_age_to_force_merge_seconds = 300%'";
  expect(await bench.rows(forced)).toEqual([{ name: 't6202_1_g1' }]);
  expect(await endForcedMerges(bench.engine, 10_000)).toEqual([]);
  expect(await endForcedMerges(bench.engine)).toEqual([]);
});

test('a server that refuses to drop large tables still drops ours', async () => {
  await using server = await startClickhouse(['--max_table_size_to_drop=1', '--max_partition_size_to_drop=1']);
  await using bench = await warehouseBench({ engine: await HttpEngine.open({ url: server.url, log: silentLogger() }) });
  const { lake } = bench;
  await lake.copy(big, { generation: 1, lsn: 10n }, [rows]);
  await bench.settle();
  await lake.copy(big, { generation: 2, lsn: 20n }, [rows]);
  await lake.batch([], { to: 30n });
  await bench.settle();
  const storages = "SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 't6201%'";
  expect(await bench.rows(storages)).toEqual([{ name: 't6201_1_g2' }]);
  await lake.batch([], { catalog: [{ kind: 'dropped', table: 'public.big', tableId: big.tableId }], to: 40n });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'dropped' }]);
  expect(await bench.rows(storages)).toEqual([]);
});
