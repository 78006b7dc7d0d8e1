import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { moment } from '../core/time.ts';
import { getPosition } from '../lake/readers.ts';
import { storeChanges } from '../lake/store/store-changes.ts';
import { eventually } from '../test/support/eventually.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { idOf } from './folder/databases.ts';
import type { Model } from './folder/model.ts';
import { Freezes } from './run-freezes.ts';
import { OldStorages } from './state/old-storages.ts';
import { turn } from './turn.ts';
import type { RunOutcome } from './run-outcome.ts';

const orders = tableSchema({
  oid: 5101,
  name: 'orders',
  columns: { id: { kind: 'int4' }, customer: { kind: 'int4' }, n: { kind: 'int4' } },
  key: ['id'],
});

const BY_CUSTOMER = model('marts.by_customer', {
  kind: 'incremental',
  key: ['customer'],
  by: [{ output: 'customer', input: 'public.orders', expression: 'customer' }],
  select: 'SELECT customer, count() AS orders, sum(n) AS n FROM public.orders GROUP BY customer',
  tables: [{ database: 'public', name: 'orders' }],
});

function model(id: string, part: Pick<Model, 'kind' | 'select' | 'tables'> & Partial<Model>): Model {
  const [database = '', name = ''] = id.split('.');
  const inputs = part.tables.map(idOf);
  return {
    id,
    database,
    name,
    file: `${database}/${name}.sql`,
    about: '',
    key: [],
    by: [],
    every: null,
    cron: null,
    tests: [],
    hash: part.select,
    inputs,
    ...part,
  };
}

interface Runs extends AsyncDisposable {
  once(models: readonly Model[], order?: { full?: boolean; compare?: boolean }): Promise<RunOutcome>;
}

/** Runs over a bench whose compactor works on. */
async function runsOver(bench: WarehouseBench): Promise<Runs> {
  const ended = new AbortController();
  const compactor = await bench.start();
  const turning = (async () => {
    for await (const _change of storeChanges(bench.lake.store, '', ended.signal)) while (await compactor.turn(moment()));
  })();
  const freezes = new Freezes({ store: bench.lake.store, warehouseId: WAREHOUSE_ID, signal: ended.signal }, silentLogger());
  const old = new OldStorages();
  return {
    async once(models, { full = false, compare = false } = {}) {
      const context = { engine: bench.engine, freezes, log: silentLogger(), memoryBytes: 300_000_000, signal: ended.signal };
      const { outcome } = await turn(context, old, { models, named: models.map(({ id }) => id), trigger: 'once', full, compare });
      if (outcome === null) throw new Error('nothing was built');
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      await freezes[Symbol.asyncDispose]();
      ended.abort();
      await turning;
    },
  };
}

test('an incremental model follows its table from run to run', async () => {
  await using bench = await warehouseBench();
  const rows = Array.from({ length: 40 }, (_, id) => ({ id: String(id), customer: String(id % 20), n: '1' }));
  await bench.lake.copy(orders, { generation: 1, lsn: 10n }, [rows]);
  await bench.lake.batch([], { to: 15n });
  await bench.settle();
  await using runs = await runsOver(bench);
  const total = (): Promise<object[]> =>
    bench.rows('SELECT count() AS customers, sum(orders) AS orders, sum(n) AS n FROM marts.by_customer');
  expect(await runs.once([BY_CUSTOMER])).toMatchObject({ run: 1, models: [{ status: 'published', mode: 'full', rows: 20, error: null }] });
  expect(await total()).toEqual([{ customers: '20', orders: '40', n: '40' }]);
  const [view] = await bench.rows<{ as_select: string; comment: string }>(
    "SELECT as_select, comment FROM system.tables WHERE database = 'marts'",
  );
  await bench.engine.exec(`CREATE OR REPLACE VIEW marts.by_customer AS ${view?.as_select} COMMENT '${view?.comment}'`);
  expect(await runs.once([BY_CUSTOMER])).toMatchObject({ models: [{ status: 'unchanged' }] });
  const definer = "SELECT create_table_query LIKE '%SQL SECURITY DEFINER%' AS definer FROM system.tables WHERE database = 'marts'";
  expect(await bench.rows(definer)).toEqual([{ definer: 1 }]);
  await bench.lake.batch([await bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', customer: '4', n: '7' } }])]);
  await eventually(async () => (await getPosition(bench.lake.store, WAREHOUSE_ID))?.appliedLsn === '0/15', 'the change to be applied');
  const third = await runs.once([BY_CUSTOMER]);
  expect(third).toMatchObject({ run: 3, models: [{ status: 'published', mode: 'incremental', touched: 2, rows: 20 }] });
  expect(await total()).toEqual([{ customers: '20', orders: '40', n: '46' }]);
  expect(await runs.once([BY_CUSTOMER], { compare: true })).toMatchObject({ models: [{ status: 'unchanged', compared: 'equal' }] });
  const row = { model: 'marts.by_customer', mode: 'incremental', status: 'published', error_code: '' };
  expect(await bench.rows('SELECT run, model, mode, status, touched, error_code FROM tailrace.runs ORDER BY run')).toEqual([
    { ...row, run: '1', mode: 'full', touched: null },
    { ...row, run: '2', touched: null },
    { ...row, run: '3', touched: '2' },
    { ...row, run: '4', touched: null },
  ]);
  expect(await bench.rows('SELECT model, kind, status, rows, run, columns, inputs, sources FROM tailrace.models')).toEqual([
    {
      model: 'marts.by_customer',
      kind: 'incremental',
      status: 'published',
      rows: '20',
      run: '3',
      columns: ['customer', 'orders', 'n'],
      inputs: ['public.orders'],
      sources: ['public.orders'],
    },
  ]);
});

test('a table whose schema has another name in the warehouse, and a dot in its own, is read and followed', async () => {
  await using bench = await warehouseBench();
  const odd = {
    ...tableSchema({ oid: 5102, name: 'a.b', columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] }),
    schema: 'system',
  };
  const rows = Array.from({ length: 20 }, (_, id) => ({ id: String(id), n: String(id % 10) }));
  await bench.lake.copy(odd, { generation: 1, lsn: 10n }, [rows]);
  await bench.lake.batch([], { to: 15n });
  await bench.settle();
  await using runs = await runsOver(bench);
  const table = { database: 'pg_system', name: 'a.b' };
  const seen = model('stg.seen', { kind: 'view', select: 'SELECT id, n FROM pg_system.`a.b`', tables: [table] });
  const counted = model('marts.counted', {
    kind: 'incremental',
    key: ['n'],
    by: [{ output: 'n', input: idOf(table), expression: 'n' }],
    select: 'SELECT n, count() AS rows FROM pg_system.`a.b` GROUP BY n',
    tables: [table],
  });
  expect(counted.inputs).toEqual(['system."a.b"']);
  const { models } = await runs.once([seen, counted]);
  expect(models).toMatchObject([{ status: 'published' }, { status: 'published', rows: 10, error: null }]);
  await bench.lake.batch([await bench.lake.file(odd, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', n: '4' } }])]);
  await eventually(async () => (await getPosition(bench.lake.store, WAREHOUSE_ID))?.appliedLsn === '0/15', 'the change to be applied');
  expect((await runs.once([seen, counted])).models[1]).toMatchObject({ mode: 'incremental', touched: 2, error: null });
  expect(await bench.rows('SELECT n, rows FROM marts.counted WHERE n IN (3, 4) ORDER BY n')).toEqual([
    { n: 3, rows: '1' },
    { n: 4, rows: '3' },
  ]);
});

test('models with columns of any type, and models without rows', async () => {
  await using bench = await warehouseBench();
  await bench.lake.copy(orders, { generation: 1, lsn: 10n }, [[{ id: '1', customer: '2', n: '3' }]]);
  await bench.lake.batch([], { to: 15n });
  await bench.settle();
  await using runs = await runsOver(bench);
  const types = `map('a', [n, NULL]) AS m, (n, 'x') AS t, CAST((1, 'y'), 'Tuple(a Int8, \`b c\` String)') AS named,
    CAST('{"a": {"b": 1}}', 'JSON') AS j, toLowCardinality('low') AS l, [[toNullable('x'), NULL]] AS a, toLowCardinality(toNullable('z')) AS ln,
    CAST(1, 'Enum8(\\'é.x\\' = 1)') AS e, toDateTime64(0, 6, 'Europe/Berlin') AS d, CAST(n, 'Variant(Int32, String)') AS v`;
  const from = { tables: [{ database: 'public', name: 'orders' }] };
  const by = [{ output: 'id', input: 'public.orders', expression: 'id' }];
  const all = [
    model('marts.whole', { ...from, kind: 'table', select: `SELECT id, ${types} FROM public.orders` }),
    model('marts.followed', { ...from, kind: 'incremental', key: ['id'], by, select: `SELECT id, ${types} FROM public.orders` }),
    model('marts.none', { ...from, kind: 'table', key: ['id'], select: `SELECT id, ${types} FROM public.orders WHERE false` }),
    model('marts.no_rows', { ...from, kind: 'incremental', key: ['id'], by, select: 'SELECT id FROM public.orders WHERE false' }),
  ];
  const { models } = await runs.once(all);
  expect(models.map(({ model: id, status, rows, error }) => [id, status, rows, error?.message])).toEqual([
    ['marts.whole', 'published', 1, undefined],
    ['marts.followed', 'published', 1, undefined],
    ['marts.none', 'published', 0, undefined],
    ['marts.no_rows', 'published', 0, undefined],
  ]);
  const again = await runs.once(all, { compare: true });
  expect(again.models.map(({ compared, error }) => [compared, error?.message])).toEqual([
    [null, undefined],
    ['equal', undefined],
    [null, undefined],
    ['equal', undefined],
  ]);
});
