import { expect, onTestFinished, test } from 'vitest';
import { verifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { VerifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { Difference, DifferingValue } from './report.ts';

async function bench(): Promise<VerifyBench> {
  const made = await verifyBench();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

/** A row that both sides have, with these columns differing. */
function changed(key: string, ...values: DifferingValue[]): Difference {
  return { key, side: 'changed', columns: values.map(({ column }) => column), values, times: 1 };
}

test('differences are named by key and column, with the values of each side', async () => {
  const { database, copied, verify } = await bench();
  await database.query(`
    CREATE TABLE t (id int PRIMARY KEY, note text, at timestamptz, f float8, n numeric(10,2), b bytea, tags text[]);
    INSERT INTO t SELECT i, 'note ' || i, '2024-01-01 00:00:00.000001+00', 0.1, 1.50, '\\x00ff', '{a,NULL}' FROM generate_series(1, 3000) i`);
  const clones = await copied('public.t');
  await database.query(`
    UPDATE t SET note = NULL WHERE id = 1; UPDATE t SET note = '' WHERE id = 2;
    UPDATE t SET at = at + interval '1 microsecond' WHERE id = 3; UPDATE t SET f = 0.1::float8 + 1e-17 * 2 WHERE id = 4;
    UPDATE t SET n = 1.51, b = '\\x00fe', tags = '{a}' WHERE id = 5; UPDATE t SET note = repeat('é', 5000) WHERE id = 6;
    DELETE FROM t WHERE id = 20; INSERT INTO t (id) VALUES (10000)`);
  const [table] = (await verify(clones)).tables;
  expect(table).toMatchObject({ match: false, sourceRows: 3000, warehouseRows: 3000, error: '8 keys differ' });
  expect(table?.differingKeys).toEqual(['1', '2', '3', '4', '5', '6', '20', '10000']);
  expect(table?.differences).toEqual([
    changed('1', { column: 'note', source: null, warehouse: 'note 1' }),
    changed('2', { column: 'note', source: '', warehouse: 'note 2' }),
    changed('3', {
      column: 'at',
      source: '2024-01-01 00:00:00.000002+00',
      warehouse: '2024-01-01 00:00:00.000001',
    }),
    changed('4', { column: 'f', source: '0.10000000000000002', warehouse: '0.1' }),
    changed(
      '5',
      { column: 'n', source: '1.51', warehouse: '1.50' },
      { column: 'b', source: '\\x00fe', warehouse: '\\x00ff' },
      { column: 'tags', source: '{a}', warehouse: "['a',NULL]" },
    ),
    changed('6', {
      column: 'note',
      source: `${'é'.repeat(80)}… (5000 characters)`,
      warehouse: 'note 6',
    }),
    { key: '20', side: 'phantom', columns: [], values: [], times: 1 },
    { key: '10000', side: 'missing', columns: [], values: [], times: 1 },
  ]);
});

/** An array of texts, and what is planted in its place. */
const ARRAYS: readonly (readonly [string | null, string | null])[] = [
  [null, '{}'],
  ['{}', '{NULL}'],
  ['{NULL}', '{"NULL"}'],
  ['{"NULL"}', '{"null"}'],
  ['{}', '{""}'],
  ['{""}', '{" "}'],
  ['{a}', '{"a "}'],
  ['{a,b}', '{"a,b"}'],
  ['{a,b}', '{b,a}'],
  ['{a,NULL,b}', '{a,b,NULL}'],
  ['{a,b}', '{{a,b}}'],
  ['{{a},{b}}', '{{a,b}}'],
  ['{a,b}', '[0:1]={a,b}'],
  ['[0:1]={a,b}', '[2:3]={a,b}'],
  ['{"{a}"}', '{{a}}'],
  ['{"[0:0]={a}"}', '[0:0]={a}'],
  ['{"},{"}', '{"}","{"}'],
  [String.raw`{"\""}`, String.raw`{"\\"}`],
  [String.raw`{"\\"}`, String.raw`{"\\\\"}`],
  ['{"\u0001"}', '{"\u0002"}'],
  ['{"a\u0001b"}', '{a,b}'],
  ['{é}', '{e\u0301}'],
  ['{😀}', '{😁}'],
];

test.each(['text[]', 'varchar[]'])('every difference of a %s is found, and nothing else', async (type) => {
  const { database, copied, verify } = await bench();
  await database.query(`CREATE TABLE t (id int PRIMARY KEY, tags ${type}, more ${type}, n int[], after text)`);
  for (const [id, [kept, planted]] of ARRAYS.entries()) {
    await database.query(`INSERT INTO t VALUES ($1, ($2::text)::${type}, '{a}', '{1,NULL}', 'n')`, [2 * id, kept]);
    await database.query(`INSERT INTO t VALUES ($1, ($2::text)::${type}, ($3::text)::${type}, '{1}', NULL)`, [2 * id + 1, kept, planted]);
  }
  const clones = await copied('public.t');
  expect((await verify(clones)).tables).toMatchObject([{ match: true, sourceRows: 2 * ARRAYS.length }]);
  for (const [id, [, planted]] of ARRAYS.entries())
    await database.query(`UPDATE t SET tags = ($2::text)::${type} WHERE id = $1`, [2 * id, planted]);
  // The two arrays of a row in each other's place.
  await database.query('UPDATE t SET tags = more, more = tags WHERE id IN (15, 17, 19)');
  const [table] = (await verify(clones)).tables;
  const keys = [...ARRAYS.map((_, id) => 2 * id), 15, 17, 19];
  expect(table?.error).toBe(`${keys.length} keys differ`);
  expect(keys.map(String)).toEqual(expect.arrayContaining([...(table?.differingKeys ?? [])]));
});

test('the dimensions, bounds and NULLs of an array of numbers are compared', async () => {
  const { database, copied, verify } = await bench();
  const pairs = [
    ['{1,2}', '{12}'],
    ['{1,2}', '{{1,2}}'],
    ['{1,2}', '[0:1]={1,2}'],
    ['{}', '{NULL}'],
    ['{1,NULL}', '{NULL,1}'],
  ];
  await database.query('CREATE TABLE t (id int PRIMARY KEY, n int[], after int)');
  for (const [id, [kept]] of pairs.entries()) await database.query('INSERT INTO t VALUES ($1, ($2::text)::int[], $1)', [id, kept]);
  const clones = await copied('public.t');
  expect((await verify(clones)).tables).toMatchObject([{ match: true }]);
  for (const [id, [, planted]] of pairs.entries()) await database.query('UPDATE t SET n = ($2::text)::int[] WHERE id = $1', [id, planted]);
  expect((await verify(clones)).tables).toMatchObject([{ error: `${pairs.length} keys differ` }]);
});

test('rows without a key are named with their values, and how many are missing or too many', async () => {
  const { database, copied, verify } = await bench();
  await database.query(`
    CREATE TABLE t (v text, n int); ALTER TABLE t REPLICA IDENTITY FULL;
    INSERT INTO t VALUES ('a', 1), ('a', 1), ('a', 1), ('b', NULL), ('c', 3)`);
  const clones = await copied('public.t');
  await database.query(`DELETE FROM t WHERE v = 'b'; INSERT INTO t VALUES ('c', 3); DELETE FROM t WHERE ctid IN ('(0,1)', '(0,2)')`);
  const [table] = (await verify(clones)).tables;
  expect(table).toMatchObject({ match: false, sourceRows: 3, warehouseRows: 5, error: '3 rows differ' });
  const told = new Set(table?.differences.map(({ side, values, times }) => JSON.stringify([side, times, values])));
  const expected = [
    [
      'missing',
      1,
      [
        { column: 'v', source: 'c' },
        { column: 'n', source: '3' },
      ],
    ],
    [
      'phantom',
      1,
      [
        { column: 'v', warehouse: 'b' },
        { column: 'n', warehouse: null },
      ],
    ],
    [
      'phantom',
      2,
      [
        { column: 'v', warehouse: 'a' },
        { column: 'n', warehouse: '1' },
      ],
    ],
  ];
  expect(told).toEqual(new Set(expected.map((one) => JSON.stringify(one))));
});

test('rows of partitions are found where they are stored, in any order of columns', async () => {
  const { database, engine, copied, verify } = await bench();
  await database.query(`
    CREATE TABLE root (k int PRIMARY KEY, v text) PARTITION BY RANGE (k);
    CREATE TABLE low (v text, k int NOT NULL); ALTER TABLE root ATTACH PARTITION low FOR VALUES FROM (0) TO (500);
    CREATE TABLE high PARTITION OF root FOR VALUES FROM (500) TO (1000);
    INSERT INTO root SELECT i, 'v' || i FROM generate_series(0, 999) i`);
  const clones = await copied('public.root');
  const [clone] = clones;
  await engine.exec(
    `INSERT INTO ${clone?.clone} SELECT n, 'v' || toString(n), '', map(), 1, 0 FROM (SELECT arrayJoin(range(1000)) AS n) SETTINGS use_structure_from_insertion_table_in_table_functions = 0`,
  );
  expect((await verify(clones)).tables).toMatchObject([{ match: true, sourceRows: 1000, warehouseRows: 1000 }]);
  await database.query(`TRUNCATE low`);
  await database.query(
    `INSERT INTO low SELECT 'v' || i, i FROM generate_series(0, 499) i; UPDATE root SET v = 'other' WHERE k IN (7, 700)`,
  );
  const [table] = (await verify(clones)).tables;
  expect(table?.differences).toMatchObject([
    { key: '7', columns: ['v'], values: [{ source: 'other', warehouse: 'v7' }] },
    { key: '700', columns: ['v'], values: [{ source: 'other', warehouse: 'v700' }] },
  ]);
});

test('a table of 1,600 columns is compared, and the one that differs is named', { timeout: 600_000 }, async () => {
  const { database, copied, verify } = await bench();
  const columns = Array.from({ length: 1599 }, (_, i) => `c${i} int`).join(', ');
  await database.query(`CREATE TABLE wide (id int PRIMARY KEY, ${columns}); INSERT INTO wide (id, c0, c1598) VALUES (1, 1, 1), (2, 1, 1)`);
  const clones = await copied('public.wide');
  await database.query('UPDATE wide SET c1598 = 2 WHERE id = 2');
  const [table] = (await verify(clones)).tables;
  expect(table).toMatchObject({ error: '1 keys differ' });
  expect(table?.differences).toMatchObject([{ key: '2', columns: ['c1598'], values: [{ source: '2', warehouse: '1' }] }]);
});

test('a masked column that differs is named and neither side of it is shown', async () => {
  const { database, copied, verify } = await bench();
  await database.query(`CREATE TABLE t (id int PRIMARY KEY, card text, n int); INSERT INTO t VALUES (1, '4111', 1), (2, NULL, 2)`);
  const [clone] = await copied('public.t');
  if (clone === undefined) throw new Error('not copied');
  const masked = {
    ...clone,
    columns: clone.columns.map((column) => (column.name === 'card' ? { ...column, mask: 'null' as const } : column)),
  };
  const report = await verify([masked]);
  expect(report.tables[0]?.differences).toEqual([{ key: '1', side: 'changed', columns: ['card'], values: [], times: 1 }]);
  expect(JSON.stringify(report)).not.toContain('4111');
});
