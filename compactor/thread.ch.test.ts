import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse-bench.ts';

const orders = tableSchema({
  oid: 1001,
  name: 'orders',
  columns: { id: { kind: 'int8' }, note: { kind: 'text' }, total: { kind: 'numeric', precision: 10, scale: 2 } },
  key: ['id'],
});

test('a copy and the changes after its consistent point become the current rows of a view', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 100n }, [[{ id: '1', note: 'a', total: '1.50' }], [{ id: '2', note: 'b', total: null }]]);
  const before = await lake.file(orders, [{ op: 'I', lsn: 50n, ordinal: 1, row: { id: '9', note: 'older than the copy', total: null } }]);
  await lake.batch([before]);
  await lake.batch([
    await lake.file(orders, [
      { op: 'I', lsn: 100n, ordinal: 1, row: { id: '3', note: 'c', total: '3.00' } },
      { op: 'U', lsn: 110n, ordinal: 1, row: { id: '1', note: undefined, total: '9.99' } },
      { op: 'D', lsn: 120n, ordinal: 1, row: { id: '2', note: null, total: null } },
    ]),
  ]);
  const position = await bench.settle();
  expect(await bench.rows('SELECT * FROM public.orders ORDER BY id')).toEqual([
    { id: '1', note: 'a', total: '9.99' },
    { id: '3', note: 'c', total: '3' },
  ]);
  expect(position).toMatchObject({
    manifest: 2,
    appliedLsn: '0/79',
    tables: [{ table: 'public.orders', state: 'live', generation: 1, appliedLsn: '0/79' }],
  });
  expect(await bench.rows('SELECT table, state, applied_lsn FROM tailrace.freshness')).toEqual([
    { table: 'public.orders', state: 'live', applied_lsn: '0/79' },
  ]);
});
