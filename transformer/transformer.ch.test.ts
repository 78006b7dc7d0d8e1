import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { eventually } from '../test/support/eventually.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { transformBench } from '../test/support/warehouse/transform-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { Engine } from '../warehouse/engine.ts';
import { transformOnce } from './once.ts';
import { runTransformer } from './transformer.ts';

const orders = tableSchema({
  oid: 5101,
  name: 'orders',
  columns: { id: { kind: 'int4' }, customer: { kind: 'int4' }, n: { kind: 'int4' } },
  key: ['id'],
});

async function fill({ lake }: WarehouseBench): Promise<void> {
  await lake.copy(orders, { generation: 1, lsn: 10n }, [
    Array.from({ length: 40 }, (_, id) => ({ id: String(id), customer: String(id % 20), n: '1' })),
  ]);
  await lake.batch([], { to: 15n });
}

const VIEW = '-- An order.\nSELECT id, customer, n FROM public.orders\n';
const BY_CUSTOMER = `-- A customer.
-- @kind incremental
-- @key customer
-- @by customer = public.orders: customer
-- @every 1s
-- @test not_null customer
SELECT customer, count() AS orders, sum(n) AS n FROM public.orders GROUP BY customer
`;
const SUMS = '-- All.\n-- @kind table\n-- @every 1s\nSELECT sum(n) AS n, count() AS customers FROM marts.by_customer\n';

test('models are built in order, and a failed one holds back what reads it and nothing else', async () => {
  await using work = await transformBench(fill);
  const { bench } = work;
  await work.file('stg/orders.sql', VIEW);
  await work.file('marts/by_customer.sql', BY_CUSTOMER);
  await work.file('marts/sums.sql', SUMS);
  await work.file('marts/units.sql', '-- Units.\n-- @kind table\n-- @test rows >= 1\nSELECT sum(n) AS n FROM stg.orders\n');
  expect((await work.once()).models).toMatchObject([
    { model: 'marts.by_customer', status: 'published', mode: 'full', rows: 20, tests: 2, failures: 0 },
    { model: 'marts.sums', status: 'published', mode: 'full', rows: 1 },
    { model: 'stg.orders', status: 'published', mode: 'view', rows: null },
    { model: 'marts.units', status: 'published', mode: 'full', rows: 1 },
  ]);
  expect(await bench.rows('SELECT n, customers FROM marts.sums')).toEqual([{ n: '40', customers: '20' }]);
  expect((await work.once()).models.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'unchanged'));

  await work.file('marts/by_customer.sql', BY_CUSTOMER.replace('not_null customer', 'accepted n: 2'));
  await work.apply(await bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', customer: '4', n: '7' } }]));
  const failed = await work.once();
  expect(failed.models).toMatchObject([
    { model: 'marts.by_customer', status: 'failed', mode: 'incremental', touched: 2, failures: 1, error: { code: 'TEST_FAILED' } },
    { model: 'marts.sums', status: 'skipped', error: { code: 'SKIPPED' } },
    { model: 'stg.orders', status: 'unchanged' },
    { model: 'marts.units', status: 'published' },
  ]);
  expect(await bench.rows('SELECT n FROM marts.sums')).toEqual([{ n: '40' }]);
  expect(await bench.rows('SELECT sum(n) AS n FROM marts.by_customer')).toEqual([{ n: '40' }]);
  expect(await bench.rows('SELECT n FROM marts.units')).toEqual([{ n: '46' }]);
  const row = { run: String(failed.run), trigger: 'once' };
  expect(
    await bench.rows(`SELECT run, model, trigger, status, error_code FROM tailrace.runs WHERE run = ${failed.run} ORDER BY model`),
  ).toEqual([
    { ...row, model: 'marts.by_customer', status: 'failed', error_code: 'TEST_FAILED' },
    { ...row, model: 'marts.sums', status: 'failed', error_code: 'SKIPPED' },
    { ...row, model: 'marts.units', status: 'published', error_code: '' },
    { ...row, model: 'stg.orders', status: 'published', error_code: '' },
  ]);

  await work.file('marts/by_customer.sql', BY_CUSTOMER);
  expect((await work.once({ models: ['marts.sums'] })).models).toMatchObject([
    { model: 'marts.by_customer', status: 'published', mode: 'incremental', touched: 2 },
    { model: 'marts.sums', status: 'published' },
  ]);
  expect(await bench.rows('SELECT n FROM marts.sums')).toEqual([{ n: '46' }]);
  expect((await work.once({ compare: true })).models[0]).toMatchObject({ status: 'unchanged', compared: 'equal' });
  expect((await work.once({ full: true })).models).toMatchObject([
    { mode: 'full', touched: null },
    { mode: 'full' },
    { mode: 'view' },
    { mode: 'full' },
  ]);
  await expect(work.once({ models: ['marts.nothing'] })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });

  await work.file('marts/units.sql', null);
  await work.once();
  const stored = await bench.rows<{ name: string }>("SELECT name FROM system.tables WHERE database = 'tailrace_models'");
  expect(stored.length).toBeLessThan(5);
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'marts' ORDER BY name")).toEqual([
    { name: 'by_customer' },
    { name: 'sums' },
  ]);
  expect(await bench.rows("SELECT name FROM system.databases WHERE name LIKE 'tailrace\\_run%\\_marts'")).toEqual([]);
});

test('two rows of one key keep an incremental model back', async () => {
  await using work = await transformBench(fill);
  const twice = BY_CUSTOMER.replace(
    'SELECT customer, count() AS orders, sum(n) AS n FROM public.orders GROUP BY customer',
    'SELECT customer, n FROM public.orders',
  );
  await work.file('marts/by_customer.sql', twice);
  expect((await work.once()).models).toMatchObject([
    { status: 'failed', error: { code: 'TEST_FAILED', message: 'key customer: 20 rows fail' } },
  ]);
  expect(await work.bench.rows("SELECT name FROM system.databases WHERE name = 'marts'")).toEqual([]);
});

test('a run that ended in the middle is finished when it was tested, and forgotten when it was not', async () => {
  await using work = await transformBench(fill);
  const { bench, options } = work;
  await work.file('marts/by_customer.sql', BY_CUSTOMER);
  const away = new TailraceError('WAREHOUSE_UNAVAILABLE', 'it ended');
  const dyingAt = async (call: 'exec' | 'execTogether', text: string): Promise<void> => {
    const dies = (said: string | readonly string[]): boolean => String(said).includes(text);
    const openBuilder = async (): Promise<Engine> => {
      const engine = await options.openBuilder();
      return {
        ...engine,
        exec: (sql) => (call === 'exec' && dies(sql) ? Promise.reject(away) : engine.exec(sql)),
        execTogether: (sqls) => (call === 'execTogether' && dies(sqls) ? Promise.reject(away) : engine.execTogether(sqls)),
      };
    };
    await expect(transformOnce({ ...options, openBuilder }, { models: [], full: false, compare: false })).rejects.toBe(away);
  };
  const rows = (): Promise<object[]> => bench.rows('SELECT run, status, error_code FROM tailrace.runs ORDER BY run');
  await dyingAt('exec', 'INSERT INTO tailrace_models');
  expect(await rows()).toEqual([{ run: '1', status: 'running', error_code: '' }]);
  await dyingAt('execTogether', 'marts');
  expect(await rows()).toEqual([
    { run: '1', status: 'failed', error_code: 'INTERRUPTED' },
    { run: '2', status: 'running', error_code: '' },
  ]);
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'marts'")).toEqual([]);
  await work.apply(await bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', customer: '4', n: '7' } }]));
  expect((await work.once()).models).toMatchObject([{ status: 'published', mode: 'incremental', touched: 2 }]);
  expect(await rows()).toMatchObject([{ status: 'failed' }, { run: '2', status: 'published' }, { run: '3', status: 'published' }]);
  const stored = await bench.rows<{ name: string }>("SELECT name FROM system.tables WHERE database = 'tailrace_models' ORDER BY name");
  expect(stored.map(({ name }) => name)).toEqual(expect.arrayContaining(['r2_0', 'r3_0']));
  expect((await work.once({ compare: true })).models).toMatchObject([{ compared: 'equal' }]);
});

test('a view that can no longer be shown fails, and the rest of its run is shown', async () => {
  await using work = await transformBench(fill);
  await work.file('stg/orders.sql', VIEW);
  await work.file('marts/by_customer.sql', BY_CUSTOMER);
  const openBuilder = async (): Promise<Engine> => {
    const engine = await work.options.openBuilder();
    const without = async (statements: readonly string[]): Promise<void> => {
      if (statements.some((text) => text.includes('`stg`'))) throw new TailraceError('WAREHOUSE_QUERY', 'no such table');
      await engine.execTogether(statements);
    };
    return { ...engine, execTogether: without };
  };
  const report = await transformOnce({ ...work.options, openBuilder }, { models: [], full: false, compare: false });
  expect(report.models).toMatchObject([{ status: 'published' }, { status: 'failed', error: { code: 'WAREHOUSE_QUERY' } }]);
  const { bench } = work;
  expect(await bench.rows('SELECT model, status, error_code FROM tailrace.runs ORDER BY model')).toEqual([
    { model: 'marts.by_customer', status: 'published', error_code: '' },
    { model: 'stg.orders', status: 'failed', error_code: 'WAREHOUSE_QUERY' },
  ]);
  expect(await bench.rows('SELECT count() AS n FROM marts.by_customer')).toEqual([{ n: '20' }]);
  expect((await work.once()).models).toMatchObject([{ status: 'unchanged' }, { status: 'published' }]);
});

test('a living transformer builds what is due, tells where models stand, and takes files as they come', async () => {
  await using work = await transformBench(fill);
  const { bench } = work;
  await work.file('marts/by_customer.sql', BY_CUSTOMER);
  const stop = new AbortController();
  const options = { ...work.options, signal: AbortSignal.any([work.options.signal, stop.signal]) };
  let ready = 0;
  const living = runTransformer(options, () => (ready += 1));
  const stateOf = async (model: string): Promise<string | undefined> =>
    (await work.report())?.models.find((one) => one.model === model)?.state;
  await eventually(async () => (await stateOf('marts.by_customer')) === 'fresh', 'the first run');
  expect(ready).toBe(1);
  await work.apply(await bench.lake.file(orders, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '100', customer: '77', n: '5' } }]));
  await eventually(
    async () => (await bench.rows('SELECT 1 FROM marts.by_customer WHERE customer = 77')).length > 0,
    'the change in the mart',
  );
  await work.file('marts/sums.sql', SUMS);
  await eventually(async () => (await stateOf('marts.sums')) === 'fresh', 'the new model');
  await work.file('marts/sums.sql', '-- @nothing 1\nSELECT 1');
  await eventually(async () => (await work.report())?.folderError?.code === 'BAD_MODEL', 'the broken file');
  expect(await bench.rows('SELECT n FROM marts.sums')).toEqual([{ n: '45' }]);
  await work.file('marts/sums.sql', null);
  await eventually(
    async () => (await bench.rows("SELECT 1 FROM system.tables WHERE database = 'marts' AND name = 'sums'")).length === 0,
    'its view to go',
  );
  expect((await work.report())?.models).toMatchObject([
    {
      model: 'marts.by_customer',
      kind: 'incremental',
      inputs: ['public.orders'],
      every: 1000,
      state: 'fresh',
      rows: 21,
      error: null,
      failing: [],
    },
  ]);
  stop.abort();
  await living;
});
