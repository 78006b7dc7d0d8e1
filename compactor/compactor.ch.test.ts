import { expect, test } from 'vitest';
import type { Change } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const orders = tableSchema({
  oid: 1001,
  name: 'orders',
  columns: { id: { kind: 'int8' }, note: { kind: 'text' }, total: { kind: 'numeric', precision: 10, scale: 2 } },
  key: ['id'],
});

function rekey(lsn: bigint, ordinal: number, [from, to]: [string, string]): Change[] {
  return [
    { op: 'D', lsn, ordinal, row: { id: from, note: null, total: null }, keyChange: true },
    { op: 'U', lsn, ordinal: ordinal + 1, row: { id: to, note: undefined, total: '1.00' } },
  ];
}

test('a copy and the changes after its consistent point become the current rows of a view', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 100n }, [[{ id: '1', note: 'a', total: '1.50' }], [{ id: '2', note: 'b', total: null }]]);
  await lake.batch([
    await lake.file(orders, [{ op: 'I', lsn: 50n, ordinal: 1, row: { id: '9', note: 'older than the copy', total: null } }]),
  ]);
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
  const asOf = '2026-01-01T00:00:02.000000Z';
  const live = { table: 'public.orders', state: 'live', generation: 1, appliedLsn: '0/79', asOf, appendOnly: false, error: null };
  expect(position).toMatchObject({ manifest: 2, appliedLsn: '0/79', asOf, tables: [live] });
  expect(await bench.rows('SELECT table, state, applied_lsn, as_of FROM tailrace.freshness')).toEqual([
    { table: 'public.orders', state: 'live', applied_lsn: '0/79', as_of: '2026-01-01 00:00:02.000000' },
  ]);
});

test('keys that swap or move in a chain keep their unchanged values, in one file and over windows', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 10n }, [
    [
      { id: '1', note: 'one', total: '0' },
      { id: '2', note: 'two', total: '0' },
    ],
  ]);
  await bench.settle();
  await lake.batch([await lake.file(orders, [...rekey(20n, 1, ['1', '9']), ...rekey(20n, 3, ['2', '1']), ...rekey(20n, 5, ['9', '2'])])]);
  await bench.settle();
  expect(await bench.rows('SELECT id, note FROM public.orders ORDER BY id')).toEqual([
    { id: '1', note: 'two' },
    { id: '2', note: 'one' },
  ]);
  await lake.batch([await lake.file(orders, rekey(30n, 1, ['1', '3'])), await lake.file(orders, rekey(40n, 1, ['3', '4']))]);
  await lake.batch([await lake.file(orders, rekey(50n, 1, ['4', '1']))]);
  await bench.settle();
  expect(await bench.rows('SELECT id, note FROM public.orders ORDER BY id')).toEqual([
    { id: '1', note: 'two' },
    { id: '2', note: 'one' },
  ]);
});

test('a truncate in the middle of a file removes the rows before it and none after it', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 10n }, [[{ id: '1', note: 'one', total: '0' }]]);
  await bench.settle();
  await lake.batch([
    await lake.file(orders, [
      { op: 'I', lsn: 20n, ordinal: 1, row: { id: '2', note: 'gone', total: null } },
      { op: 'T', lsn: 20n, ordinal: 2, row: {} },
      { op: 'I', lsn: 20n, ordinal: 3, row: { id: '1', note: 'new', total: null } },
      { op: 'U', lsn: 30n, ordinal: 1, row: { id: '1', note: undefined, total: '5' } },
    ]),
  ]);
  await bench.settle();
  expect(await bench.rows('SELECT * FROM public.orders')).toEqual([{ id: '1', note: 'new', total: '5' }]);
  const storages = await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '^t[0-9]')");
  expect(storages).toHaveLength(1);
});

test('a table without a key shows each row as often as it exists', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const log = tableSchema({ oid: 1002, name: 'log', columns: { line: { kind: 'text' }, at: { kind: 'date' } }, identity: 'full' });
  const far = { line: 'y', at: '9999-12-31' };
  await lake.copy(log, { generation: 1, lsn: 10n }, [[{ line: 'x', at: null }, { line: 'x', at: null }, far], [far]]);
  await lake.batch([
    await lake.file(log, [
      { op: 'I', lsn: 20n, ordinal: 1, row: { line: 'x', at: null } },
      { op: 'D', lsn: 20n, ordinal: 2, row: far },
      { op: 'D', lsn: 20n, ordinal: 3, row: { line: 'x', at: null }, keyChange: true },
      { op: 'U', lsn: 20n, ordinal: 4, row: { line: 'z', at: null } },
    ]),
  ]);
  await bench.settle();
  await bench.settle();
  expect(await bench.rows('SELECT line, count() AS n FROM public.log GROUP BY line ORDER BY line')).toEqual([
    { line: 'x', n: '2' },
    { line: 'y', n: '1' },
    { line: 'z', n: '1' },
  ]);
  expect(await bench.rows("SELECT line, _tr_exact FROM public.log__exact WHERE line = 'y'")).toEqual([
    { line: 'y', _tr_exact: { at: '9999-12-31' } },
  ]);
  await lake.batch([await lake.file(log, [{ op: 'T', lsn: 40n, ordinal: 1, row: {} }])]);
  await bench.settle();
  expect(await bench.rows('SELECT * FROM public.log')).toEqual([]);
});

test.each(['append', 'full'] as const)(
  'rows of a table without columns are counted (%s), also after it got one and lost it',
  async (identity) => {
    await using bench = await warehouseBench();
    const { lake } = bench;
    const bare = tableSchema({ oid: 1006, name: 'bare', columns: {}, identity });
    await lake.copy(bare, { generation: 1, lsn: 10n }, [[{}, {}]]);
    await lake.batch([await lake.file(bare, [{ op: 'I', lsn: 20n, ordinal: 1, row: {} }])]);
    await bench.settle();
    expect(await bench.rows('SELECT * FROM public.bare')).toEqual([{ _tr_nothing: null }, { _tr_nothing: null }, { _tr_nothing: null }]);
    const more = tableSchema({ oid: 1006, name: 'bare', columns: { a: { kind: 'int4' } }, identity });
    await lake.batch([await lake.file(more, [{ op: 'I', lsn: 30n, ordinal: 1, row: { a: '7' } }])]);
    await bench.settle();
    expect(await bench.rows('SELECT a FROM public.bare ORDER BY a NULLS FIRST')).toEqual([{ a: null }, { a: null }, { a: null }, { a: 7 }]);
    await lake.batch([await lake.file(bare, [{ op: 'I', lsn: 40n, ordinal: 1, row: {} }])]);
    await bench.settle();
    expect(await bench.rows('SELECT count() AS n FROM public.bare')).toEqual([{ n: '5' }]);
    expect(await bench.rows('SELECT _tr_exact FROM public.bare__exact LIMIT 1')).toEqual([{ _tr_exact: {} }]);
  },
);

test('a table that is only added to keeps equal rows apart', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const events = tableSchema({ oid: 1003, name: 'events', columns: { what: { kind: 'text' } }, identity: 'append' });
  await lake.copy(events, { generation: 1, lsn: 10n }, [[{ what: 'a' }, { what: 'a' }]]);
  await lake.batch([await lake.file(events, [{ op: 'I', lsn: 20n, ordinal: 1, row: { what: 'a' } }])]);
  const position = await bench.settle();
  expect(await bench.rows('SELECT * FROM public.events')).toEqual([{ what: 'a' }, { what: 'a' }, { what: 'a' }]);
  expect(position.tables).toMatchObject([{ appendOnly: true, state: 'live' }]);
});

test('keys that their type cannot hold stay different rows, with their exact text', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const days = tableSchema({ oid: 1004, name: 'days', columns: { day: { kind: 'date' }, note: { kind: 'text' } }, key: ['day'] });
  await lake.copy(days, { generation: 1, lsn: 10n }, [
    [
      { day: '2300-06-01', note: 'a' },
      { day: 'infinity', note: 'b' },
      { day: '2020-01-01', note: 'c' },
    ],
  ]);
  await lake.batch([
    await lake.file(days, [
      { op: 'U', lsn: 20n, ordinal: 1, row: { day: 'infinity', note: undefined } },
      { op: 'U', lsn: 21n, ordinal: 1, row: { day: '2300-06-01', note: 'A' } },
    ]),
  ]);
  await bench.settle();
  expect(await bench.rows('SELECT note, _tr_exact FROM public.days__exact ORDER BY note')).toEqual([
    { note: 'A', _tr_exact: { day: '2300-06-01' } },
    { note: 'b', _tr_exact: { day: 'infinity' } },
    { note: 'c', _tr_exact: {} },
  ]);
});

test('names that are anything but plain are columns and tables as they are', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const odd = tableSchema({
    oid: 1005,
    name: "O'Dd `t`",
    columns: { c2: { kind: 'int4' }, c1: { kind: 'text' }, 'a.b "c"': { kind: 'text' } },
    key: ['c2'],
  });
  await lake.copy(odd, { generation: 1, lsn: 10n }, [[{ c2: '7', c1: 'x', 'a.b "c"': "it's" }]]);
  await bench.settle();
  expect(await bench.rows("SELECT * FROM public.`O'Dd \\`t\\``")).toEqual([{ c2: 7, c1: 'x', 'a.b "c"': "it's" }]);
});
