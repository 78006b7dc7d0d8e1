import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';

const big = tableSchema({ oid: 6201, name: 'big', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

const rows = Array.from({ length: 2_000 }, (_, id) => ({
  id: String(id),
  body: String(Math.imul(id + 1, 2_654_435_761) >>> 0).repeat(20),
}));

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
