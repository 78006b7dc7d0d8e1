import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const orders = tableSchema({
  oid: 1001,
  name: 'orders',
  columns: { id: { kind: 'int8' }, note: { kind: 'text' }, total: { kind: 'int4' } },
  key: ['id'],
});
const loose = tableSchema({ oid: 1002, name: 'loose', columns: { note: { kind: 'text' } }, identity: 'full' });

const change = (note: string) => [{ op: 'U' as const, ordinal: 1, xid: 7, row: { id: '1', note, total: '2' } }];

test('rows of a transaction that came while it ran have its commit, and those of what was rolled back in it are none', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 10n }, [
    [
      { id: '1', note: 'one', total: '0' },
      { id: '2', note: 'two', total: '0' },
      { id: '4', note: 'four', total: '0' },
    ],
  ]);
  await lake.copy(loose, { generation: 1, lsn: 10n }, [[{ note: 'kept' }]]);
  const of = { commitLsn: 40n, abortedXids: [8] };
  await lake.batch([
    await lake.file(orders, [{ op: 'U', lsn: 30n, ordinal: 1, row: { id: '1', note: 'earlier', total: '1' } }]),
    await lake.streamedFile(
      orders,
      [
        { op: 'U', ordinal: 1, xid: 7, row: { id: '1', note: 'of the transaction', total: '2' } },
        { op: 'U', ordinal: 2, xid: 8, row: { id: '1', note: 'never', total: '3' } },
        { op: 'D', ordinal: 3, xid: 8, row: { id: '2', note: null, total: null } },
        { op: 'U', ordinal: 4, xid: 9, row: { id: '1', note: undefined, total: '4' } },
        { op: 'U', ordinal: 5, xid: 7, row: { id: '4', note: undefined, total: '5' } },
      ],
      of,
    ),
    await lake.streamedFile(orders, [{ op: 'I', ordinal: 9, xid: 7, row: { id: '3', note: 'three', total: '6' } }], of),
    await lake.streamedFile(
      loose,
      [
        { op: 'I', ordinal: 6, xid: 8, row: { note: 'never' } },
        { op: 'I', ordinal: 7, xid: 7, row: { note: 'added' } },
      ],
      of,
    ),
    await lake.file(orders, [{ op: 'U', lsn: 50n, ordinal: 1, row: { id: '4', note: undefined, total: '7' } }]),
  ]);
  const position = await bench.settle();
  expect(await bench.rows('SELECT * FROM public.orders ORDER BY id')).toEqual([
    { id: '1', note: 'of the transaction', total: 4 },
    { id: '2', note: 'two', total: 0 },
    { id: '3', note: 'three', total: 6 },
    { id: '4', note: 'four', total: 7 },
  ]);
  expect(await bench.rows('SELECT * FROM public.loose ORDER BY note')).toEqual([{ note: 'added' }, { note: 'kept' }]);
  expect(position.tables.map(({ state }) => state)).toEqual(['live', 'live']);
});

test('a transaction that came while it ran is in a copy or not, by its commit', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 45n }, [[{ id: '1', note: 'copied', total: '1' }]]);
  await lake.batch([await lake.streamedFile(orders, change('in the copy'), { commitLsn: 40n })]);
  await lake.batch([await lake.streamedFile(orders, change('after the copy'), { commitLsn: 45n })]);
  await bench.settle();
  expect(await bench.rows('SELECT note FROM public.orders')).toEqual([{ note: 'after the copy' }]);
});
