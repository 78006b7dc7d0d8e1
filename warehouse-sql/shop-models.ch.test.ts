import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShop } from '../cli/demo/shop-history.ts';
import { shopSize } from '../cli/demo/shop-schema.ts';
import type { Folder } from '../transformer/folder/model.ts';
import { readFolder } from '../transformer/folder/read-folder.ts';
import { verifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { VerifyBench } from '../test/support/warehouse/verify-bench.ts';

const FOLDER = path.join(import.meta.dirname, 'shop');
const SOURCES = ['customers', 'products', 'orders', 'order_items', 'payments', 'events', 'client_events'];
const BROWSER_EVENTS = `insert into client_events (id, at, customer_id, kind, payload) select gen_random_uuid(), now() - interval '3 days' * (g % 2), g,
  (array['view', 'order'])[1 + g % 2], '{"product_id": 7, "total": 19.99}' from generate_series(1, 40) g`;
/** A third of the customers moved to Japan, and one of ten is gone since. */
const HISTORY = `CREATE VIEW public.customers__history AS
WITH toDateTime64(now64(6, 'UTC') - INTERVAL 200 DAY, 6, 'UTC') AS moved, moved + INTERVAL 100 DAY AS gone
SELECT * EXCEPT (country), if(id % 3 = 0, 'BR', country) AS country, if(id < 0, moved, NULL) AS valid_from, if(id % 3 = 0, moved, NULL) AS valid_to, 'copy' AS op, '0/1' AS lsn
FROM public.customers
UNION ALL SELECT * EXCEPT (country), 'JP', moved, NULL, 'update', '0/2' FROM public.customers WHERE id % 3 = 0
UNION ALL SELECT * EXCEPT (country) REPLACE (100000 + id AS id), country, moved, gone, 'insert', '0/2' FROM public.customers WHERE id % 10 = 0
UNION ALL SELECT * EXCEPT (country) REPLACE (100000 + id AS id), country, gone, gone, 'delete', '0/3' FROM public.customers WHERE id % 10 = 0`;
/** As the transformer runs a model. */
const SETTINGS = 'SETTINGS join_use_nulls = 1';

const read = (file: string): string => readFileSync(path.join(FOLDER, file), 'utf8');
const headers = (file: string, key: string): string[] =>
  [...read(file).matchAll(new RegExp(`^-- @${key} (.*)$`, 'gm'))].map(([, value = '']) => value);
const models = globSync('{stg,marts}/*.sql', { cwd: FOLDER }).map((file) => ({
  file,
  model: `${path.dirname(file)}.${path.basename(file, '.sql')}`,
}));
const tests = globSync('tests/*.sql', { cwd: FOLDER });
const reports = globSync('reports/*.sql', { cwd: FOLDER });
const modelTests = models.flatMap(({ file }) => headers(file, 'test'));

let bench: VerifyBench;
let folder: Folder;

beforeAll(async () => {
  bench = await verifyBench();
  await makeShop(bench.database.url, shopSize(20_000), () => undefined, { signal: new AbortController().signal });
  await bench.database.query(BROWSER_EVENTS);
  await bench.engine.exec('CREATE DATABASE public');
  for (const clone of await bench.copied(...SOURCES.map((name) => `public.${name}`))) {
    const columns = clone.columns.map(({ id, name }) => `c${id} AS ${name}`).join(', ');
    await bench.engine.exec(`CREATE VIEW ${clone.table} AS SELECT ${columns} FROM ${clone.clone} FINAL`);
  }
  await bench.engine.exec(HISTORY);
  for (const database of ['stg', 'marts']) await bench.engine.exec(`CREATE DATABASE ${database}`);
  folder = await readFolder(FOLDER, bench.engine, { databases: ['public'], atStart: true });
  for (const { id, select } of folder.models) await bench.engine.exec(`CREATE VIEW ${id} AS ${select}\n${SETTINGS}`);
});

afterAll(() => bench[Symbol.asyncDispose]());

/** Rows of a statement, under the settings of a model. */
const rowsOf = (sql: string): Promise<Record<string, unknown>[]> => bench.engine.query(`${sql.trim()}\n${SETTINGS}`);

test('the folder is read as it stands', () => {
  expect(folder.models.map(({ id }) => id).toSorted()).toEqual(models.map(({ model }) => model).toSorted());
  expect([folder.tests.length, folder.reports.length]).toEqual([tests.length, reports.length]);
});

test.each(models)('$model runs as it stands, and its key is unique', async ({ file, model }) => {
  const [key] = headers(file, 'key');
  const [row] = await rowsOf(`SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(tuple(${key ?? '*'}))) AS keys FROM ${model}`);
  expect(row?.['rows']).toBeGreaterThan(0);
  expect(row?.['keys']).toBe(row?.['rows']);
});

test.each(models.filter(({ file }) => headers(file, 'kind')[0] === 'incremental'))(
  '$model follows each table that it reads',
  ({ file }) => {
    const followed = headers(file, 'by').map((line) => /= (\S+): /.exec(line)?.[1]);
    const inputs = [...read(file).matchAll(/\b(?:FROM|JOIN) (\w+\.\w+)/g)].map(([, name]) => name);
    expect(new Set(followed)).toEqual(new Set(inputs));
  },
);

test.each(tests.filter((file) => headers(file, 'reconcile').length === 0))(
  '%s finds nothing wrong in a new shop, or only warns',
  async (file) => {
    const failing = await rowsOf(read(file));
    expect(failing.length === 0 || headers(file, 'severity')[0] === 'warn').toBe(true);
  },
);

test('late clicks of browsers are found by their test', async () => {
  expect(await rowsOf(read('tests/late_clicks.sql'))).toHaveLength(20);
});

test.each(reports)('%s runs as it stands and has the columns of its chart', async (file) => {
  const rows = await rowsOf(read(file));
  expect(rows.length).toBeGreaterThan(0);
  const axes = ['x', 'y', 'series'].flatMap((key) => headers(file, key).flatMap((value) => value.split(', ')));
  expect(axes.filter((name) => !(name in (rows[0] ?? {})))).toEqual([]);
  expect(headers(file, 'title')).toHaveLength(1);
});

test('the shop has tests of every kind and both severities', () => {
  const kinds = new Set(modelTests.map((line) => line.replace(/^warn /, '').split(' ')[0]));
  expect(kinds).toEqual(new Set(['unique', 'not_null', 'accepted', 'references', 'rows']));
  expect(modelTests.some((line) => line.startsWith('warn '))).toBe(true);
  expect(new Set(tests.flatMap((file) => headers(file, 'severity')))).toEqual(new Set(['error', 'warn']));
  expect(tests.filter((file) => headers(file, 'reconcile').length === 1)).toHaveLength(1);
  expect(modelTests.length + tests.length).toBeGreaterThanOrEqual(12);
  expect(reports.length).toBeGreaterThanOrEqual(6);
});

test.each(['aggregate', 'group', 'window', 'calculation', 'cast', 'filter', 'sort', 'join', 'union', 'rename'])(
  'a file shows: %s',
  (technique) => {
    const heads = [...models.map(({ file }) => file), ...reports].map((file) => /^-- Techniques: (.*)\.$/m.exec(read(file))?.[1] ?? '');
    expect(heads.every((head) => head !== '')).toBe(true);
    expect(heads.filter((head) => new RegExp(`\\b${technique}\\b`).test(head)).length).toBeGreaterThan(0);
  },
);

test('a row of the training data does not change when later events are unknown', async () => {
  const features = (until: string): string => {
    const past = read('marts/customer_quarter.sql').replaceAll(
      'FROM marts.fct_events',
      `FROM (SELECT * FROM marts.fct_events WHERE happened_at < ${until})`,
    );
    return `SELECT * EXCEPT (churned_next_quarter) FROM (${past}) WHERE quarter_start = ${quarter} ORDER BY customer_id`;
  };
  const quarter = `(SELECT toStartOfQuarter(max(happened_at)) - INTERVAL 9 MONTH FROM marts.fct_events)`;
  const whole = await rowsOf(features(`'2100-01-01'`));
  // Half a day of the next quarter, so that the quarter is known to be over.
  const cut = await rowsOf(
    features(`(SELECT toStartOfQuarter(max(happened_at)) - INTERVAL 6 MONTH + INTERVAL 12 HOUR FROM marts.fct_events)`),
  );
  expect(whole.length).toBeGreaterThan(100);
  expect(cut).toEqual(whole);
});

test('a version of a customer ends where the next begins, and each customer that exists has one that is open', async () => {
  expect(await rowsOf('SELECT existing, open_versions, count() > 10 AS many FROM stg.customer_identities GROUP BY ALL')).toEqual([
    { existing: 1, open_versions: '1', many: 1 },
  ]);
  const versions =
    'SELECT toUInt32(count()) AS all, toUInt32(uniqExact(customer_id)) AS customers, toUInt32(countIf(is_current)) AS open FROM marts.dim_customer';
  const [counted] = await rowsOf(
    `SELECT toUInt32(count()) AS all, toUInt32(countIf(id % 3 = 0)) AS moved, toUInt32(countIf(id % 10 = 0)) AS gone FROM public.customers`,
  );
  const { all, moved, gone } = counted as Record<string, number>;
  expect(await rowsOf(versions)).toEqual([
    { all: Number(all) + Number(moved) + Number(gone), customers: Number(all) + Number(gone), open: all },
  ]);
});

test('features have the customer as it was at their cutoff, and a line of an order stands once', async () => {
  const countries = `SELECT cutoff > now64(6, 'UTC') - INTERVAL 200 DAY AS later, groupUniqArray(assumeNotNull(country_name)) AS country
    FROM marts.customer_quarter WHERE customer_id % 3 = 0 GROUP BY later ORDER BY later`;
  expect(await rowsOf(countries)).toEqual([
    { later: 0, country: ['Brazil'] },
    { later: 1, country: ['Japan'] },
  ]);
  const lines = 'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(order_id, line_number)) AS lines FROM marts.obt_orders';
  const [counted] = await rowsOf(lines);
  expect(counted?.['rows']).toBe(counted?.['lines']);
});

test('the label of the training data is known when the next quarter is over, and both values occur', async () => {
  const labels = await rowsOf(
    'SELECT quarter_start, groupUniqArray(toString(ifNull(churned_next_quarter, 9))) AS labels FROM marts.customer_quarter GROUP BY quarter_start ORDER BY quarter_start DESC',
  );
  expect(labels[0]?.['labels']).toEqual(['9']);
  expect(new Set(labels.slice(1).flatMap((row) => row['labels'] as string[]))).toEqual(new Set(['0', '1']));
});
