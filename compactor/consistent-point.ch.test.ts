import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const items = tableSchema({
  oid: 2001,
  name: 'items',
  columns: { id: { kind: 'int4' }, size: { kind: 'int2' }, name: { kind: 'text' } },
  key: ['id'],
});
const others = tableSchema({ oid: 2002, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });

test('a generation takes exactly the changes from its consistent point on, even inside a file', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.batch([
    await lake.file(others, [
      { op: 'I', lsn: 10n, ordinal: 1, row: { id: '1' } },
      { op: 'D', lsn: 20n, ordinal: 1, row: { id: '1' } },
      { op: 'I', lsn: 30n, ordinal: 1, row: { id: '2' } },
    ]),
  ]);
  await lake.copy(others, { generation: 1, lsn: 20n }, [[{ id: '1' }, { id: '7' }]]);
  await bench.settle();
  expect(await bench.rows('SELECT id FROM public.others ORDER BY id')).toEqual([{ id: 2 }, { id: 7 }]);
});

test('a catalog change below the consistent point is in the copy, even if its batch comes after the table is live', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const row = { id: '1', size: '5', name: 'one' };
  await lake.copy(items, { generation: 1, lsn: 50n }, [[row]]);
  await bench.settle();
  const fact = { table: 'public.items', tableId: items.tableId };
  const before = await lake.schema({ ...items, columns: items.columns.filter(({ name }) => name !== 'name') });
  await lake.batch([], { to: 20n, catalog: [{ kind: 'schema', ...fact, schema: before }] });
  await lake.batch([], { to: 30n, catalog: [{ kind: 'schema', ...fact, schema: await lake.schema(items) }] });
  await lake.batch([], { to: 40n, catalog: [{ kind: 'resync', ...fact, reason: 'this copy was made for it' }] });
  expect((await bench.settle()).tables).toMatchObject([{ table: 'public.items', state: 'live' }]);
  await lake.batch([await lake.file(items, [{ op: 'I', lsn: 60n, ordinal: 1, row: { ...row, id: '2' } }])]);
  await bench.settle();
  expect(await bench.rows('SELECT id, name FROM public.items ORDER BY id')).toEqual([
    { id: 1, name: 'one' },
    { id: 2, name: 'one' },
  ]);
});

test('a table that was not followed for a while and is copied again does not go with the fact that it went', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.batch([], { to: 5n, catalog: [{ kind: 'published', table: 'public.items', tableId: items.tableId }] });
  await lake.batch([], { to: 20n, catalog: [{ kind: 'dropped', table: 'public.items', tableId: items.tableId }] });
  await lake.copy(items, { generation: 1, lsn: 50n }, [[{ id: '1', size: '5', name: 'one' }]]);
  await lake.batch([], { to: 60n });
  expect((await bench.settle()).tables).toMatchObject([{ table: 'public.items', state: 'live' }]);
  expect(await bench.rows('SELECT id FROM public.items')).toEqual([{ id: 1 }]);
});
