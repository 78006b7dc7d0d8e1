import { expect, onTestFinished, test } from 'vitest';
import { verifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { VerifyBench } from '../test/support/warehouse/verify-bench.ts';

async function bench(): Promise<VerifyBench> {
  const made = await verifyBench();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

/**
 * Runs the statements after the first piece of the table was read, while most of it is still to be
 * read; returns when they were done, too.
 */
async function verifyWhile({ verify, database }: VerifyBench, clones: Parameters<VerifyBench['verify']>[0], sql: string) {
  const changing: Promise<boolean>[] = [];
  let over = false;
  const report = await verify(clones, {
    maxRate: 500,
    progress({ table }) {
      if (table === 'public.t' && changing.length === 0) changing.push(database.query(sql).then(() => over));
    },
  });
  over = true;
  expect(await Promise.all(changing)).toEqual([false]);
  return report.tables.map(({ table, match, error }) => [table, match, error]);
}

test.each([
  ['TRUNCATE t', 'was rewritten'],
  ['DROP TABLE t', 'was dropped'],
  ['ALTER TABLE t RENAME TO other; CREATE TABLE t (id int PRIMARY KEY, v int)', 'was renamed'],
  ['ALTER TABLE t ALTER v TYPE bigint', 'changed its columns'],
  ['ALTER TABLE t ADD w int', 'changed its columns'],
  ['ALTER TABLE t RENAME v TO w', 'changed its columns'],
  ['VACUUM FULL t', 'was rewritten'],
])('%s does not wait for a verification of its table; that table is not comparable, and the next one is compared', async (sql, error) => {
  const made = await bench();
  await made.database.query(`
    CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i;
    CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)`);
  const clones = await made.copied('public.t', 'public.u');
  expect(await verifyWhile(made, clones, sql)).toEqual([
    ['public.t', null, expect.stringContaining(error)],
    ['public.u', true, null],
  ]);
});

test('rows that come, change and go while a table is verified are no difference', async () => {
  const made = await bench();
  await made.database.query('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i');
  const clones = await made.copied('public.t');
  const sql = 'UPDATE t SET v = -v; DELETE FROM t WHERE id % 2 = 0; INSERT INTO t SELECT i, i FROM generate_series(5000, 9000) i';
  expect(await verifyWhile(made, clones, sql)).toEqual([['public.t', true, null]]);
});

test('a table that is not read before the snapshot is too old is not comparable, and the report says what helps', async () => {
  const { database, copied, verify } = await bench();
  await database.query(`
    CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);
    CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT i FROM generate_series(1, 5000) i;
    CREATE TABLE u (id int PRIMARY KEY)`);
  const clones = await copied('public.small', 'public.t', 'public.u');
  const report = await verify(clones, { maxRate: 100, keepMs: 3000 });
  expect(report.match).toBe(null);
  expect(report.tables.map(({ table, match }) => [table, match])).toEqual([
    ['public.small', true],
    ['public.t', null],
    ['public.u', null],
  ]);
  expect(report.tables[1]?.error).toMatch(/^TIMED_OUT: the snapshot of the source reached --max-age .* raise --max-rate or --max-age/);
});

test('a rate limit is respected', async () => {
  const { database, copied, verify } = await bench();
  await database.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT i FROM generate_series(1, 4000) i');
  const clones = await copied('public.t');
  const at: { ms: number; done: number }[] = [];
  const begun = performance.now();
  const report = await verify(clones, {
    maxRate: 1000,
    progress: ({ done, total }) => at.push({ ms: performance.now() - begun, done }) && expect(total).toBe(4000),
  });
  expect(report.match).toBe(true);
  const [first, last] = [at[0], at.at(-1)];
  expect(last?.done).toBe(4000);
  expect(((last?.done ?? 0) - (first?.done ?? 0)) / (((last?.ms ?? 0) - (first?.ms ?? 0)) / 1000)).toBeLessThanOrEqual(1050);
});

test('a verification that is stopped ends at once, and lets the compactor go', async () => {
  const { database, copied, verify } = await bench();
  await database.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT i FROM generate_series(1, 4000) i');
  const clones = await copied('public.t');
  const stop = new AbortController();
  await expect(verify(clones, { maxRate: 10, signal: stop.signal, progress: () => stop.abort() })).rejects.toThrow(
    'TIMED_OUT: the verification was stopped',
  );
});
