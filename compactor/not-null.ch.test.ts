import { expect, test } from 'vitest';
import type { ColumnType } from '../core/column-type.ts';
import type { TableSchema } from '../core/table.ts';
import type { Change, Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const DECIMAL = { kind: 'numeric', precision: 10, scale: 2 } as const;
const COLUMNS: Record<string, ColumnType> = { id: { kind: 'int4' }, note: { kind: 'text' }, price: DECIMAL, spent: { kind: 'interval' } };

function shop(notNull: readonly string[], identity: TableSchema['identity'] = 'key'): TableSchema {
  return tableSchema({ oid: 5001, name: 'shop', columns: COLUMNS, notNull, key: identity === 'key' ? ['id'] : [], identity });
}

const row = (id: number, more: Row = {}): Row => ({ id: String(id), note: 'n', price: '1.50', spent: '1 day', ...more });
let ordinal = 0;
const change = (op: Change['op'], lsn: bigint, of: Row): Change => ({ op, lsn, ordinal: (ordinal += 1), row: of });

async function typesOf(bench: WarehouseBench, view = 'shop'): Promise<string[]> {
  const rows = await bench.rows<{ type: string }>(
    `SELECT type FROM system.columns WHERE database = 'public' AND table = '${view}' ORDER BY position`,
  );
  return rows.slice(0, 4).map(({ type }) => type);
}

const TAGS: ColumnType = { kind: 'array', element: { kind: 'text' } };
const INTERVAL = 'Tuple(months Int32, days Int32, microseconds Int64)';
const ALL = ['id', 'note', 'price', 'spent'];
const HELD = ['Int32', 'String', 'Decimal(10, 2)', INTERVAL];
const LOOSE = ['Int32', 'Nullable(String)', 'Nullable(Decimal(10, 2))', `Nullable(${INTERVAL})`];

test('a column that is NOT NULL at the source is not Nullable, in both views', async () => {
  await using bench = await warehouseBench();
  await bench.lake.copy(shop(ALL), { generation: 1, lsn: 10n }, [[row(1, { note: '["a","b"]' })]]);
  await bench.lake.batch([await bench.lake.file(shop(ALL), [change('I', 20n, row(2, { note: '[]', price: '1234567890' }))])]);
  await bench.settle();
  expect(await typesOf(bench)).toEqual(HELD);
  expect(await typesOf(bench, 'shop__exact')).toEqual(HELD);
  expect(
    await bench.rows(`SELECT id, JSONExtract(note, 'Array(String)') AS tags, spent.days AS days FROM public.shop ORDER BY id`),
  ).toEqual([
    { id: 1, tags: ['a', 'b'], days: 1 },
    { id: 2, tags: [], days: 1 },
  ]);
});

test.each(['key', 'full', 'append'] as const)(
  'a NULL that arrives anyway is shown as NULL: the column becomes Nullable before the row is visible, and stays so (%s)',
  async (identity) => {
    await using bench = await warehouseBench();
    const { lake } = bench;
    const [held, loose] = [shop(ALL, identity), shop(['id'], identity)];
    await lake.copy(held, { generation: 1, lsn: 10n }, [[row(1)]]);
    await bench.settle();
    await lake.batch([
      await lake.file(held, [change('I', 20n, row(2, { note: null, spent: null })), change('I', 20n, row(3, { price: 'NaN' }))]),
    ]);
    await bench.settle();
    expect(await typesOf(bench)).toEqual(LOOSE);
    expect(await bench.rows('SELECT id, note, price, isNull(spent) AS nothing FROM public.shop ORDER BY id')).toEqual([
      { id: 1, note: 'n', price: '1.5', nothing: 0 },
      { id: 2, note: null, price: '1.5', nothing: 1 },
      { id: 3, note: 'n', price: null, nothing: 0 },
    ]);
    expect(await bench.rows('SELECT id FROM public.shop WHERE spent IS NULL OR note IS NULL')).toEqual([{ id: 2 }]);
    // The source knew of it by then, and that it became NOT NULL once more; the row with NaN is
    // still there.
    if (identity === 'append') return;
    await lake.batch([await lake.file(held, [change('D', 30n, row(2, { note: null, spent: null }))])]);
    for (const schema of [loose, held])
      await lake.batch([], {
        catalog: [{ kind: 'schema', table: 'public.shop', tableId: held.tableId, schema: await lake.schema(schema) }],
      });
    await bench.settle();
    expect(await typesOf(bench)).toEqual([HELD[0], HELD[1], LOOSE[2], HELD[3]]);
    expect(await bench.rows('SELECT id, price FROM public.shop WHERE price IS NULL')).toEqual([{ id: 3, price: null }]);
  },
);

test('a column that became NOT NULL is shown as such once no row has a NULL in it', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(shop([]), { generation: 1, lsn: 10n }, [[row(1, { note: null }), row(2)]]);
  await bench.settle();
  expect(await typesOf(bench)).toEqual(LOOSE);
  const become = async (notNull: readonly string[], to: bigint): Promise<void> => {
    const schema = await lake.schema(shop(notNull));
    await lake.batch([], { catalog: [{ kind: 'schema', table: 'public.shop', tableId: shop([]).tableId, schema }], to });
    await bench.settle();
  };
  await become(ALL, 15n);
  expect(await typesOf(bench)).toEqual([HELD[0], LOOSE[1], HELD[2], HELD[3]]);
  await lake.batch([await lake.file(shop([]), [change('U', 20n, row(1, { note: 'now' }))])]);
  await become(ALL, 25n);
  expect(await typesOf(bench)).toEqual(HELD);
  expect(await bench.rows('SELECT id, note FROM public.shop ORDER BY id')).toEqual([
    { id: 1, note: 'now' },
    { id: 2, note: 'n' },
  ]);
});

test('a copy with NaN in a column that is NOT NULL shows it as Nullable', async () => {
  await using bench = await warehouseBench();
  await bench.lake.copy(shop(ALL), { generation: 1, lsn: 10n }, [[row(1)], [row(2, { price: 'NaN' })]]);
  await bench.lake.batch([]);
  await bench.settle();
  expect(await typesOf(bench)).toEqual([HELD[0], HELD[1], LOOSE[2], HELD[3]]);
  expect(await bench.rows(`SELECT id, _tr_exact['price'] AS exact FROM public.shop__exact WHERE price IS NULL`)).toEqual([
    { id: 2, exact: 'NaN' },
  ]);
});

test('rows without a partner in a join are NULL, even in columns that are NOT NULL at the source', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const other = tableSchema({ oid: 5002, name: 'other', columns: { id: { kind: 'int4' }, tags: TAGS }, key: ['id'] });
  await lake.copy(shop(ALL), { generation: 1, lsn: 10n }, [[row(1)]]);
  await lake.copy(other, { generation: 1, lsn: 10n }, [
    [
      { id: '1', tags: '{a}' },
      { id: '2', tags: '{b}' },
    ],
  ]);
  await lake.batch([
    await lake.file(shop(ALL), [change('U', 20n, row(1, { note: 'twice' })), change('I', 20n, row(9)), change('D', 20n, row(9))]),
  ]);
  await bench.settle();
  const joined = (where: string): Promise<object[]> =>
    bench.rows(`SELECT o.id AS id, s.note AS note, s.spent IS NULL AS nothing FROM public.other AS o LEFT JOIN public.shop AS s ON s.id = o.id
      WHERE ${where} ORDER BY id SETTINGS join_use_nulls = 1`);
  expect(await joined('1')).toEqual([
    { id: 1, note: 'twice', nothing: 0 },
    { id: 2, note: null, nothing: 1 },
  ]);
  // An array cannot be NULL, so there it is empty.
  const back = 'SELECT s.id AS id, o.tags AS tags FROM public.shop AS s LEFT JOIN public.other AS o ON o.id = s.id + 1 ORDER BY id';
  await lake.batch([await lake.file(shop(ALL), [change('I', 30n, row(2))])]);
  await bench.settle();
  expect(await bench.rows(`${back} SETTINGS join_use_nulls = 1`)).toEqual([
    { id: 1, tags: ['b'] },
    { id: 2, tags: [] },
  ]);
  await lake.batch([await lake.file(shop(ALL), [change('D', 40n, row(2))])]);
  await bench.settle();
  for (const column of ['id', 'note', 'price', 'spent'])
    expect(await joined(`s.${column} IS NULL`)).toEqual([{ id: 2, note: null, nothing: 1 }]);
});

test('a column that was added with a value for older rows is not Nullable, and one without is', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(shop(ALL), { generation: 1, lsn: 10n }, [[row(1)]]);
  await bench.settle();
  const made = { typeOid: 0, typmod: -1, typeName: 'integer', type: { kind: 'int4' } } as const;
  const more: TableSchema = {
    ...shop(ALL),
    columns: [
      ...shop(ALL).columns,
      { id: 5, name: 'a', attnum: 5, field: 'a', ...made, missing: '7', notNull: true },
      { id: 6, name: 'b', attnum: 6, field: 'b', ...made, missing: null },
    ],
  };
  await lake.batch([await lake.file(more, [change('I', 20n, row(2, { a: '8', b: null }))])]);
  await bench.settle();
  expect(await bench.rows('SELECT id, a, b, toTypeName(a) AS its, toTypeName(b) AS theirs FROM public.shop ORDER BY id')).toEqual([
    { id: 1, a: 7, b: null, its: 'Int32', theirs: 'Nullable(Int32)' },
    { id: 2, a: 8, b: null, its: 'Int32', theirs: 'Nullable(Int32)' },
  ]);
});
