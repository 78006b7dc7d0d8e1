import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';

const server = await startClickhouse();
afterAll(() => server[Symbol.asyncDispose]());

const notes = tableSchema({
  oid: 6001,
  name: 'notes',
  columns: { id: { kind: 'int4' }, body: { kind: 'text' }, tags: { kind: 'array', element: { kind: 'text' } } },
  key: ['id'],
});

test('a server that cannot see the lake is sent the files, and has the same rows', async () => {
  await using bench = await warehouseBench({ engine: await HttpEngine.open({ url: server.url, log: silentLogger() }) });
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'a', tags: '{x,NULL}' }], [{ id: '2', body: 'b', tags: null }]]);
  await lake.batch([
    await lake.file(notes, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', body: undefined, tags: '{}' } }]),
    await lake.file(notes, [
      { op: 'D', lsn: 30n, ordinal: 1, row: { id: '2', body: null, tags: null }, keyChange: true },
      { op: 'U', lsn: 30n, ordinal: 2, row: { id: '3', body: undefined, tags: '{y}' } },
    ]),
  ]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows('SELECT * FROM public.notes ORDER BY id')).toEqual([
    { id: 1, body: 'a', tags: [] },
    { id: 3, body: 'b', tags: ['y'] },
  ]);
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 'input%'")).toEqual([]);
});

test('a second compactor of a server takes the warehouse over, and the first one stops', async () => {
  await using bench = await warehouseBench({ engine: await HttpEngine.open({ url: server.url, log: silentLogger() }) });
  await bench.engine.exec('DROP DATABASE IF EXISTS tailrace');
  const first = await bench.start();
  await first.turn();
  await bench.start();
  await bench.lake.batch([], { to: 5n });
  await expect(first.turn()).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
});
