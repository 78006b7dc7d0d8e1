import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const SCHEMA = `
  create table customers (id int primary key, country text not null);
  create table orders (id int primary key, customer int not null, total numeric(12,2) not null);
  insert into customers select g, case g % 3 when 0 then 'AT' when 1 then 'DE' else 'CH' end from generate_series(1, 30) g;
  insert into orders select g, 1 + g % 30, g from generate_series(1, 300) g;
`;

const MODELS = {
  'stg/orders.sql': '-- An order.\nSELECT id, customer, total FROM public.orders\n',
  'marts/by_customer.sql': `-- A customer with orders.
-- @kind incremental
-- @key customer
-- @by customer = stg.orders: customer
-- @every 100ms
-- @test not_null total
SELECT customer, count() AS orders, sum(total) AS total FROM stg.orders GROUP BY customer
`,
  'marts/by_country.sql': `-- A country.
-- @kind table
-- @key country
-- @every 100ms
SELECT c.country AS country, sum(m.total) AS total FROM marts.by_customer AS m JOIN public.customers AS c ON c.id = m.customer GROUP BY c.country
`,
};

interface World extends AsyncDisposable {
  readonly source: TestDatabase;
  readonly pipeline: Pipeline;
  /** Writes a file of the models. */
  write(name: string, text: string): void;
  /** Removes a file of the models. */
  remove(name: string): void;
  sql(query: string): Promise<unknown[]>;
}

async function world(): Promise<World> {
  const source = await createDatabase();
  await source.query(SCHEMA);
  const pipeline = createPipeline({ source: source.url });
  const directory = path.join(pipeline.folder, 'models');
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), text);
  };
  for (const [name, text] of Object.entries(MODELS)) write(name, text);
  return {
    source,
    pipeline,
    write,
    remove: (name) => rmSync(path.join(directory, name)),
    sql: async (query) => {
      const { code, stdout, stderr } = await pipeline.cli(['sql', query, '--format', 'JSONCompactEachRow']);
      if (code !== 0) throw new Error(stderr);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);
    },
    async [Symbol.asyncDispose]() {
      await pipeline[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    },
  };
}

const FLAGS = ['--models', 'models'];
const BY_COUNTRY = 'SELECT country, toFloat64(total) FROM marts.by_country ORDER BY country';

interface Listed {
  readonly model: string;
  readonly state: string;
}

test('models follow the tables, through the death of their role, of the compactor, and beside runs by hand', async () => {
  await using shop = await world();
  const { pipeline, source } = shop;
  const truth = async (): Promise<unknown[]> =>
    (
      await source.query(
        'select country, sum(total)::float8 as total from orders join customers c on c.id = customer group by 1 order by 1',
      )
    ).map(({ country, total }) => [country, total]);
  const followed = async (what: string): Promise<void> => {
    const expected = JSON.stringify(await truth());
    await eventually(async () => JSON.stringify(await shop.sql(BY_COUNTRY).catch(() => null)) === expected, what);
  };
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0', ...FLAGS]);
  await run.event('live');
  await followed('the first run');
  const listed = JSON.parse((await pipeline.cli(['models', '--json', ...FLAGS])).stdout) as { models: Listed[] };
  expect(Object.keys(listed.models[0] ?? {})).toEqual(
    'model kind inputs every cron state lsn asOf freshnessSeconds rows lastRun'.split(' '),
  );
  expect(listed.models.map(({ model }) => model)).toEqual(['stg.orders', 'marts.by_customer', 'marts.by_country']);
  const graph = await pipeline.cli(['models', '--graph', ...FLAGS]);
  expect(graph.stdout).toMatch(/^flowchart LR\n/);

  process.kill(run.roles().get('transform') ?? 0, 'SIGKILL');
  await source.query('update orders set customer = customer % 30 + 1, total = total + 1');
  await followed('the changes after the death of the role');
  process.kill(run.roles().get('compact') ?? 0, 'SIGKILL');
  await source.query('delete from orders where id % 7 = 0');
  await followed('the changes after the death of the compactor');

  const second = pipeline.start(['transform', ...FLAGS]);
  await eventually(() => second.stderr().includes('TRANSFORM_IN_USE'), 'the second role to stand by');
  const once = await pipeline.cli(['transform', '--once', '--json', ...FLAGS]);
  expect([once.code, once.stderr]).toEqual([0, expect.not.stringContaining('_IN_USE')]);
  const report = JSON.parse(once.stdout) as { models: Listed[] };
  expect(Object.keys(report).slice(0, 3)).toEqual(['run', 'lsn', 'models']);
  expect((await pipeline.cli(['transform', '--compare', ...FLAGS])).code).toBe(0);

  shop.write('marts/by_customer.sql', MODELS['marts/by_customer.sql'].replace('not_null total', 'rows >= 1000'));
  const failed = await pipeline.cli(['transform', '--once', 'marts.by_customer', '--json', ...FLAGS]);
  expect(failed.code).toBe(1);
  await followed('the rows as they were');
  shop.write('marts/by_customer.sql', `${MODELS['marts/by_customer.sql']} FORMAT CSV\n`);
  const bad = await pipeline.cli(['transform', '--once', ...FLAGS]);
  expect([bad.code, bad.stdout]).toEqual([2, '']);
  expect(bad.stderr).toMatch(/^BAD_MODEL: \S*marts\/by_customer\.sql:\d+: .+\. .+\.\n$/m);

  second.kill('SIGKILL');
  process.kill(run.roles().get('transform') ?? 0, 'SIGKILL');
  await eventually(() => run.stderr().includes('models are not built until this is corrected'), 'the restarted role to refuse the file');
  await source.query('insert into orders values (1000, 1, 1)');
  await pipeline.cli(['await', '--now']);
  expect(await shop.sql('SELECT count() FROM public.orders WHERE id = 1000')).toEqual([[1]]);
});

test('a run that dies at any step leaves all or nothing, and the next one is whole', async () => {
  await using shop = await world();
  const { pipeline, source } = shop;
  await pipeline.start(['run', '--sql-port', '0', '--http-port', '0']).event('live');
  let total = 45_150;
  const totals = 'SELECT (SELECT toUInt32(sum(total)) FROM marts.by_customer), (SELECT toUInt32(sum(total)) FROM marts.by_country)';
  for (const step of ['model-built', 'run-tested', 'model-shown']) {
    const doomed = await pipeline.cli(['transform', '--once', ...FLAGS], { TAILRACE_FAILPOINT: step });
    expect(doomed.signal).toBe('SIGKILL');
    await source.query('update orders set total = total + 1');
    await pipeline.cli(['await', '--now']);
    const again = await pipeline.cli(['transform', '--once', '--json', ...FLAGS]);
    expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining('ERROR')]);
    expect(await shop.sql(totals)).toEqual([[(total += 300), total]]);
    expect(await shop.sql("SELECT DISTINCT status FROM tailrace.runs WHERE status != 'failed'")).toEqual([['published']]);
  }
});

test('wrong words of transform and models are said in one line', async () => {
  await using shop = await world();
  const said = async (...args: string[]): Promise<unknown[]> => {
    const { code, stderr } = await shop.pipeline.cli(args);
    return [code, stderr];
  };
  expect(await said('transform')).toEqual([2, expect.stringMatching(/^BAD_CONFIG: models is not set; .+\n$/)]);
  expect(await said('models')).toEqual([2, expect.stringMatching(/^BAD_CONFIG: models is not set; .+\n$/)]);
  expect(await said('transform', 'marts.orders', ...FLAGS)).toEqual([
    2,
    expect.stringMatching(/^BAD_ARGUMENT: marts.orders needs --once\. .+\n$/),
  ]);
  expect(await said('transform', '--json', ...FLAGS)).toEqual([2, expect.stringMatching(/^BAD_ARGUMENT: --json needs --once\. .+\n$/)]);
  expect(await said('transform', '--once', ...FLAGS)).toEqual([2, expect.stringMatching(/^(?:LAKE_MISSING|NOT_RUNNING): .+\n$/)]);
});
