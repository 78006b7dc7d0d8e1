import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TestReport } from '../../transformer/quality/test-report.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const SCHEMA = `
  create table customers (id int primary key, name text not null);
  create table orders (id int primary key, customer_id int, state text, amount numeric(10, 2));
  insert into customers select i, 'c' || i from generate_series(1, 20) i;
  insert into orders select i, 1 + i % 20, 'paid', i from generate_series(1, 100) i;`;

const FILES = {
  'stg/orders.sql': `-- An order.
-- @test accepted state: placed, paid
SELECT id, customer_id, state, amount FROM public.orders`,
  'marts/customer_orders.sql': `-- A customer with orders.
-- @kind table
-- @key customer_id
-- @test references customer_id: public.customers.id
-- @test warn rows >= 30
-- @test not_null total
SELECT customer_id, count() AS orders, sum(amount) AS total FROM stg.orders GROUP BY customer_id`,
  'tests/no_free_orders.sql': `-- Orders that cost nothing.
-- @severity warn
SELECT o.id, c.total FROM public.orders AS o LEFT JOIN marts.customer_orders AS c ON c.customer_id = o.customer_id WHERE o.amount <= 0`,
  'tests/all_rows_there.sql': `-- Rows of source and warehouse.
-- @reconcile public.*`,
};

function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
}

async function tested(
  pipeline: Pipeline,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; report: TestReport }> {
  const { code, stdout, stderr } = await pipeline.cli(['test', '--json', ...args], env);
  if (stdout === '') throw new Error(stderr);
  return { code, report: JSON.parse(stdout) as TestReport };
}

const byName = ({ tests }: TestReport): Record<string, unknown> =>
  Object.fromEntries(tests.map((one) => [`${one.table}: ${one.test}`, one]));

test('tailrace test runs the tests of models and of files at one position, shows failing rows, and ends with 0, 1 or 2', async () => {
  await using database = await createDatabase();
  await database.query(SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const models = path.join(pipeline.folder, 'models');
  writeFiles(models, FILES);
  const env = { TAILRACE_MODELS: models };
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');

  const first = await tested(pipeline, [], env);
  expect([first.code, first.report]).toMatchObject([
    0,
    { lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/), passed: 7, failed: 0, warned: 1 },
  ]);
  expect(byName(first.report)).toMatchObject({
    'stg.orders: accepted state: placed, paid': { severity: 'error', ok: true, failures: 0, sample: [], error: null },
    'marts.customer_orders: key customer_id': { ok: true },
    'marts.customer_orders: rows >= 30': { severity: 'warn', ok: false, failures: 1, sample: [{ rows: '20' }] },
    'public.orders, marts.customer_orders: no_free_orders': { severity: 'warn', ok: true },
    'public.customers: all_rows_there': { ok: true },
    'public.orders: all_rows_there': { ok: true },
  });

  await database.query(`insert into orders values (200, 99, 'lost', 0), (201, 3, 'lost', 5)`);
  await expectVerified(pipeline);
  const second = await tested(pipeline, ['stg.*', 'no_free_orders', 'references*'], env);
  expect([second.code, second.report]).toMatchObject([1, { passed: 0, failed: 2, warned: 1 }]);
  expect(byName(second.report)).toMatchObject({
    'stg.orders: accepted state: placed, paid': { failures: 2, sample: [{ id: 200 }, { id: 201, state: 'lost' }] },
    'marts.customer_orders: references customer_id: public.customers.id': { failures: 1, sample: [{ customer_id: 99 }] },
    'public.orders, marts.customer_orders: no_free_orders': { ok: false, failures: 1, sample: [{ id: 200, total: '0' }] },
  });
  const text = await pipeline.cli(['test', 'stg.orders'], env);
  expect([text.code, text.stdout]).toEqual([
    1,
    expect.stringMatching(
      /^table +test +time\nstg\.orders +accepted state: placed, paid +FAILED: 2 rows +\d\.\d s\n {4}\{"id":200,.*\n {4}\{"id":201,.*\n\n0 passed, 1 FAILED at [0-9A-F/]+\n$/,
    ),
  ]);

  const noted = `select check, ok, failures, severity, lsn != '' and duration_ms >= 0, run is null, JSONLength(sample) from tailrace.quality
    where table = 'stg.orders' order by at desc limit 1 format TSV`;
  expect((await pipeline.cli(['sql', noted])).stdout).toBe('accepted state: placed, paid\tfalse\t2\terror\t1\t1\t2\n');
  const left = `select count() from system.databases where name like 'tailrace\\_test%' format TSV`;
  expect((await pipeline.cli(['sql', left])).stdout).toBe('0\n');

  writeFiles(models, { 'tests/divides.sql': `-- Breaks.\nSELECT id FROM public.orders WHERE intDiv(1, toUInt8(amount = 5) - 1) = 1` });
  const third = await tested(pipeline, ['divides'], env);
  expect([third.code, third.report]).toMatchObject([
    2,
    { passed: 0, failed: 0, warned: 0, tests: [{ ok: false, error: expect.stringContaining('ILLEGAL_DIVISION') }] },
  ]);
  expect((await pipeline.cli(['test', 'nothing.like.it'], env)).stderr).toMatch(
    /^BAD_ARGUMENT: no test and no model is named nothing\.like\.it\. /m,
  );
  const unknown = await pipeline.cli(['test', 'all_rows_there', '--json'], { ...env, TAILRACE_SOURCE: '' });
  expect([unknown.code, JSON.parse(unknown.stdout)]).toMatchObject([
    2,
    { tests: [{ ok: false, error: expect.stringContaining('--source') }] },
  ]);
});
