import { expect, onTestFinished, test } from 'vitest';
import type { ClonedTable } from '../lake/control-stage.ts';
import { verifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { VerifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { Sample } from './chosen-rows.ts';

async function bench(): Promise<VerifyBench> {
  const made = await verifyBench();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const keys = (from: string | null, to: string | null) => ({ part: { sample: null, keys: { from, to } } });
const sampled = (sample: Sample) => ({ part: { sample, keys: null } });

/** `type`, and the key of the n-th of 1000 rows as SQL over n. */
const RANGES: [type: string, key: string, from: string, to: string][] = [
  ['int', 'n - 500', '-100', '99'],
  ['bigint', 'n * 10000000000', '3000000000001', '5005000000000'],
  [
    'uuid',
    `lpad(to_hex(n * 7919 % 1000), 8, '0')::text || '-0000-4000-8000-00000000000' || n % 10`,
    '00000064-0000-4000-8000-000000000000',
    '0000012c-0000-4000-8000-000000000000',
  ],
  ['text', `chr(65 + n % 50) || n`, 'Z', 'b'],
  ['date', `date '2000-01-01' + n`, '2000-03-01', '2001-01-01'],
  ['timestamp', `timestamp '2000-01-01' + n * interval '1 hour 1 microsecond'`, '2000-01-03 00:00:00.000048', '2000-01-20'],
  ['timestamptz', `timestamptz '1960-01-01 00:00+00' + n * interval '10 days'`, '1969-12-31 23:00:00-05', '1980-01-01'],
];

test.each(RANGES)(
  'a range of %s keys is the same rows on both sides, with both ends, and finds what differs in it',
  async (type, key, from, to) => {
    const { database, copied, verify } = await bench();
    await database.query(
      `CREATE TABLE t (id ${type} PRIMARY KEY, v int); INSERT INTO t SELECT (${key})::${type}, n FROM generate_series(1, 1000) n`,
    );
    const clones = await copied('public.t');
    const collate = type === 'text' ? 'COLLATE "C"' : '';
    const within = `id ${collate} >= '${from}'::${type} AND id ${collate} <= '${to}'::${type}`;
    const [inRange] = await database.query<{ rows: number; first: string; last: string }>(
      `SELECT count(*)::int AS rows, (array_agg(id::text ORDER BY id ${collate}))[1] AS first, (array_agg(id::text ORDER BY id ${collate} DESC))[1] AS last FROM t WHERE ${within}`,
    );
    expect(inRange?.rows).toBeGreaterThan(10);
    expect(inRange?.rows).toBeLessThan(990);
    const equal = (await verify(clones, keys(from, to))).tables[0];
    expect(equal).toMatchObject({ match: true, sourceRows: inRange?.rows, warehouseRows: inRange?.rows, error: null });
    await database.query(`UPDATE t SET v = -1 WHERE NOT (${within})`);
    expect((await verify(clones, keys(from, to))).match).toBe(true);
    await database.query(`DELETE FROM t WHERE id = '${inRange?.first}'; UPDATE t SET v = -1 WHERE id = '${inRange?.last}'`);
    const [table] = (await verify(clones, keys(from, to))).tables;
    expect(table).toMatchObject({ match: false, error: '2 keys differ' });
    expect(table?.differences.map(({ side }) => side).toSorted()).toEqual(['changed', 'phantom']);
  },
);

test('a range may be open, and of a key of several columns it is one of the first', async () => {
  const { database, copied, verify } = await bench();
  await database.query(`
    CREATE TABLE t (tenant int, n int, PRIMARY KEY (tenant, n)); INSERT INTO t SELECT i % 10, i FROM generate_series(0, 999) i`);
  const clones = await copied('public.t');
  const rows = async (from: string | null, to: string | null) => (await verify(clones, keys(from, to))).tables[0];
  expect(await rows('7', null)).toMatchObject({ match: true, sourceRows: 300, warehouseRows: 300 });
  expect(await rows(null, '0')).toMatchObject({ match: true, sourceRows: 100, warehouseRows: 100 });
  expect(await rows('8', '3')).toMatchObject({ match: true, sourceRows: 0, warehouseRows: 0 });
  expect((await verify(clones, keys('7', null))).part).toBe('keys from 7');
});

test.each([
  ['a table without a key', 'CREATE TABLE t (v int)', '1', 'public.t has no key'],
  [
    'a key with an order of its own',
    'CREATE TABLE t (v jsonb PRIMARY KEY)',
    '1',
    'the key of public.t begins with v (jsonb), whose order is not the same',
  ],
  ['an end that is no value of the key', 'CREATE TABLE t (v int PRIMARY KEY)', 'x', '--from "x" is not a value of v (integer)'],
  [
    'an end that the typed column does not hold',
    'CREATE TABLE t (v date PRIMARY KEY)',
    'infinity',
    '--from "infinity" is not a value of v (date)',
  ],
])('a range over %s is refused by name', async (_what, table, from, message) => {
  const { database, copied, verify } = await bench();
  await database.query(table);
  await expect(verify(await copied('public.t'), keys(from, null))).rejects.toThrow(`BAD_ARGUMENT: ${message}`);
});

/** The same share of rows of both sides, and of the differences about that share. */
async function sampleOf(verify: VerifyBench['verify'], clones: ClonedTable[], sample: Sample) {
  const report = await verify(clones, sampled(sample));
  const [table] = report.tables;
  if (table === undefined) throw new Error('no table');
  return { ...table, part: report.part, sides: new Set(table.differences.map(({ side }) => side)) };
}

test('a sample has the same keys on both sides, and finds changed, lost and surplus rows among them', async () => {
  const { database, copied, verify } = await bench();
  await database.query('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 10000) i');
  const clones = await copied('public.t');
  const tenth: Sample = { rows: null, share: 0.1, start: 0.95 };
  const equal = await sampleOf(verify, clones, tenth);
  expect(equal).toMatchObject({ match: true, error: null, part: 'a sample of 10 %' });
  expect(equal.sourceRows).toBe(equal.warehouseRows);
  expect(Math.abs((equal.sourceRows ?? 0) - 1000)).toBeLessThan(150);
  await database.query(`
    UPDATE t SET v = -v WHERE id <= 100; DELETE FROM t WHERE id BETWEEN 101 AND 200; INSERT INTO t SELECT i, i FROM generate_series(20001, 20100) i`);
  const found = await sampleOf(verify, clones, { ...tenth, share: 0.25 });
  const count = Number(/^(\d+) keys differ$/.exec(found.error ?? '')?.[1]);
  expect(count).toBeGreaterThan(40);
  expect(count).toBeLessThan(110);
  expect(found.sides).toEqual(new Set(['changed', 'missing', 'phantom']));
});

test('a sample of rows is about that many, also of a table without a key', async () => {
  const { database, copied, verify } = await bench();
  await database.query(`
    CREATE TABLE t (v int); ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t SELECT i FROM generate_series(1, 10000) i`);
  const clones = await copied('public.t');
  const found = await sampleOf(verify, clones, { rows: 500, share: 1, start: 0.3 });
  expect(found).toMatchObject({ match: true, part: 'a sample of about 500 rows' });
  expect(Math.abs((found.sourceRows ?? 0) - 500)).toBeLessThan(120);
});
