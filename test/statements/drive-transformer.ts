import { listFreezes } from '../../cli/freeze-text.ts';
import { testLines, viewsOf } from '../../cli/demo/demo-models.ts';
import { silentLogger } from '../../core/log.ts';
import { getPosition } from '../../lake/readers.ts';
import { buildTouched, buildWhole, noteTouched } from '../../transformer/build/build-model.ts';
import { exportTable } from '../../transformer/export/export-table.ts';
import { openPlace } from '../../transformer/export/export-place.ts';
import { ScheduledTests } from '../../transformer/quality/scheduled-tests.ts';
import { readModels } from '../../transformer/read-models.ts';
import { ScheduledExports } from '../../transformer/export/scheduled-exports.ts';
import { runExport } from '../../transformer/export/run-export.ts';
import { chooseTests } from '../../transformer/quality/choose-tests.ts';
import { testNow } from '../../transformer/quality/test-now.ts';
import { TransformState } from '../../transformer/state/transform-state.ts';
import { MIGRATIONS } from '../../compactor/state/storage-version.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { tableSchema } from '../support/lake-writer.ts';
import { scratch } from '../support/scratch.ts';
import { transformBench } from '../support/warehouse/transform-bench.ts';
import type { TransformBench } from '../support/warehouse/transform-bench.ts';
import { WAREHOUSE_ID } from '../support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../support/warehouse/warehouse-bench.ts';

/** Beyond all that the compactor was driven through. */
const LSN = 1_000_000n;

const orders = tableSchema({
  oid: 5001,
  name: 'orders',
  columns: { id: { kind: 'int4' }, customer: { kind: 'int4' }, n: { kind: 'int4' }, note: { kind: 'bytea' } },
  key: ['id'],
});
const clicks = tableSchema({ oid: 5002, name: 'clicks', columns: { customer: { kind: 'int4' } }, identity: 'append' });

const BY_CUSTOMER = `-- A customer.
-- @kind incremental
-- @key customer
-- @by customer = public.orders: customer
-- @by customer = public.clicks: customer
-- @test warn unique orders, n
-- @test warn not_null n
-- @test warn accepted orders: 1, 2
-- @test warn references customer: public.orders.customer
-- @test rows >= 1
SELECT o.customer AS customer, count() AS orders, sum(o.n) AS n, any(c.clicks) AS clicks FROM public.orders AS o
LEFT JOIN (SELECT customer, count() AS clicks FROM public.clicks GROUP BY customer) AS c ON c.customer = o.customer GROUP BY o.customer
`;

const FILES: Readonly<Record<string, string>> = {
  'marts/by_customer.sql': BY_CUSTOMER,
  'marts/by_id.sql': '-- An order.\n-- @kind incremental\n-- @key id\n-- @by id = public.orders: id\nSELECT id, n FROM public.orders\n',
  'marts/plain.sql': `-- Each.
-- @kind table
-- @test warn unique rows
SELECT id, n AS rows, note, toUInt128(id) AS u, [u] AS us, (1, u) AS pair, map('k', u) AS m FROM public.orders
`,
  'marts/totals.sql': '-- All.\n-- @kind table\n-- @key total\nSELECT sum(n) AS total FROM marts.by_customer\n',
  'marts/twice.sql':
    '-- Not unique.\n-- @kind incremental\n-- @key k\n-- @by k = public.orders: id % 2\nSELECT id % 2 AS k, id AS of FROM public.orders\n',
  'stg/shares.sql':
    '-- An order.\nSELECT o.id AS id, o.n AS n, s.n AS of FROM public.orders AS o JOIN marts.by_customer AS s ON s.customer = o.customer\n',
  'tests/negative.sql':
    '-- Less than nothing.\n-- @every 1ms\n-- @severity warn\nSELECT id FROM public.orders AS o JOIN stg.shares AS s ON s.id = o.id WHERE o.n < 0\n',
  'tests/both.sql': '-- Both sides.\n-- @every 1ms\n-- @reconcile public.*\n',
};

/** Everything that models, their tests and exports do to a warehouse. */
export async function driveTransformer(bench: WarehouseBench, openBuilder: () => Promise<Engine>): Promise<void> {
  await using work = await transformBench(
    async ({ lake }) => {
      const rows = Array.from({ length: 60 }, (_, id) => ({
        id: String(id),
        customer: id === 7 || id === 8 ? null : String(id % 30),
        n: '1',
        note: null,
      }));
      await lake.copy(orders, { generation: 1, lsn: LSN }, [rows]);
      await lake.copy(clicks, { generation: 1, lsn: LSN }, [[{ customer: '1' }]]);
      await lake.batch([], { to: LSN + 10n });
    },
    { bench, openBuilder },
  );
  for (const [path, text] of Object.entries(FILES)) await work.file(path, text);
  await work.once();
  await work.apply(
    await bench.lake.file(orders, [{ op: 'U', lsn: LSN + 20n, ordinal: 1, row: { id: '7', customer: '4', n: '7', note: null } }]),
    await bench.lake.file(clicks, [{ op: 'I', lsn: LSN + 20n, ordinal: 2, row: { customer: null } }]),
  );
  await tests(work);
  const second = await work.once();
  const built = second.models.find(({ model }) => model === 'marts.by_customer');
  if (built?.mode !== 'incremental') throw new Error(`not built from changes: ${JSON.stringify(second.models)}`);
  await work.once();
  await work.once({ compare: true });
  await scheduledTests(work);
  await exports(work);
  await earlier(bench.engine);
  await work.file('stg/shares.sql', null);
  await work.file('tests/negative.sql', null);
  await work.once({ full: true });
  await tests(work);
  await listings(bench.engine);
}

async function tests({ options }: TransformBench): Promise<void> {
  await using engine = await options.openBuilder();
  const folder = await readModels(options, engine, false);
  const { records } = await TransformState.open(engine);
  const chosen = chooseTests(folder, []);
  for (const asShown of [true, false])
    await testNow({ ...options, engine, reconcile: null }, { ...chosen, models: folder.models, records, asShown });
}

/** What an earlier version or a process that died has left. */
async function earlier(engine: Engine): Promise<void> {
  for (const { run } of MIGRATIONS) await run?.(engine);
  const views = "SELECT as_select, comment FROM system.tables WHERE database = 'marts' AND name = 'plain'";
  const [view] = await engine.query<{ as_select: string; comment: string }>(views);
  await engine.exec(`CREATE OR REPLACE VIEW marts.plain AS ${view?.as_select} COMMENT '${view?.comment}'`);
  await engine.exec("CREATE DATABASE tailrace_test_left COMMENT 'models for tests, kept by tailrace'");
  const state = await TransformState.open(engine);
  await state.isCurrent();
  const run = state.run.run + 1;
  await state.saveRun({ run, state: 'building', records: [], rows: [] });
  const order = { kind: 'incremental', key: ['id'], run: 1, settings: 'join_use_nulls = 1' } as const;
  const { storage } = await buildWhole(engine, {
    ...order,
    select: 'SELECT number AS id, number % 2 AS g FROM numbers(150000)',
    storage: 'many',
  });
  const present = { storage, touched: 'odd', output: 'g', rows: 150_000 };
  const touched = await noteTouched(engine, ['SELECT 0 AS _tr_group'], present);
  const few = 'SELECT toUInt64(7) AS id, toUInt64(0) AS g WHERE false';
  const { rows } = await buildTouched(engine, { ...order, run: 2, select: few, storage: 'few' }, present, touched);
  const rest = { storage: 'few', touched: 'all', output: 'g', rows };
  const one = 'SELECT toUInt64(7) AS id, toUInt64(1) AS g';
  await buildTouched(
    engine,
    { ...order, run: 3, select: one, storage: `r${run}_0` },
    rest,
    await noteTouched(engine, ['SELECT 1 AS _tr_group'], rest),
  );
}

async function scheduledTests({ options, bench }: TransformBench): Promise<void> {
  const position = await getPosition(bench.lake.store, WAREHOUSE_ID);
  if (position === null) throw new Error('no position');
  const folder = await readModels(options, bench.engine, false);
  const { records } = await TransformState.open(bench.engine);
  const scheduled = new ScheduledTests({ ...options, reconcile: null });
  scheduled.tick({ folder, position, nowMs: Date.now(), records });
  await scheduled.close();
}

async function exports({ options }: TransformBench): Promise<void> {
  await using folder = await scratch('exports');
  await using engine = await options.openBuilder();
  const { store, signal } = options;
  const models = async () => (await readModels(options, engine, false)).models;
  const ends = { engine, store, warehouseId: WAREHOUSE_ID, s3PathStyle: false, asking: { signal }, models, log: silentLogger() };
  const order = { to: folder.path, partition: null, keep: null };
  for (const table of ['public.orders', 'marts.by_customer', 'marts.totals', 'marts.plain', 'stg.shares'])
    await runExport(ends, { ...order, table });
  await runExport(ends, { ...order, table: 'public.orders', to: `${folder.path}/parts`, partition: 'customer', keep: 1 });
  const source = { table: 'marts.many', lsn: LSN, asOf: null, from: 'marts.plain', key: [], binary: [], hidden: [] };
  const place = await openPlace(`${folder.path}/many`, false);
  await exportTable({ engine, place, source, partition: null, keep: null, fileRows: 20 });
  await runExport(ends, { ...order, table: 'public.none' }).catch(() => undefined);
  const plan = { table: 'marts.totals', to: folder.path, cron: { pattern: '@daily', timezone: 'UTC' }, partition: null, keep: 2 };
  const scheduled = new ScheduledExports({ ...ends, plans: [plan], openBuilder: () => options.openBuilder() });
  scheduled.tick(Date.now());
  await scheduled.close();
}

async function listings(engine: Engine): Promise<void> {
  await listFreezes(engine);
  await viewsOf(engine);
  await testLines(engine);
}
