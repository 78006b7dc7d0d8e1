import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';
import type { ReportedModel } from '../lake/models-report.ts';
import type { Position, TablePosition } from '../lake/readers.ts';
import { planWatch } from './watch-plan.ts';

let folder: Scratch;
let engine: EmbeddedEngine;

/** `public` holds the present, `f_public` a freeze of it with other values. */
beforeAll(async () => {
  folder = await scratch('views');
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  for (const [database, n] of [
    ['public', 1],
    ['f_public', 100],
  ] as const) {
    await engine.exec(`CREATE DATABASE ${database}`);
    for (const table of ['orders', 'items'])
      await engine.exec(`CREATE VIEW ${database}.${table} AS SELECT number + ${n} AS id, ${n} AS n FROM numbers(3)`);
  }
  for (const database of ['stg', 'marts', 'tailrace_models']) await engine.exec(`CREATE DATABASE ${database}`);
  await engine.exec('CREATE VIEW stg.orders AS SELECT id, n AS amount FROM public.orders');
  await engine.exec(
    'CREATE VIEW stg.`odd name` AS WITH o AS (SELECT id, amount FROM stg.orders) SELECT o.id AS id, i.n AS n FROM o JOIN public.items AS i ON i.id = o.id',
  );
  await engine.exec('CREATE VIEW marts.both AS SELECT 7 AS id UNION ALL SELECT id FROM stg.orders');
  await engine.exec('CREATE TABLE tailrace_models.r1_0 (id UInt64) ENGINE = MergeTree ORDER BY id');
  await engine.exec('INSERT INTO tailrace_models.r1_0 VALUES (5)');
  await engine.exec('CREATE VIEW marts.built AS SELECT id FROM tailrace_models.r1_0');
});
afterAll(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

const live = (table: string): TablePosition => ({
  table,
  tableId: table,
  generation: 1,
  state: 'live',
  appliedLsn: '0/10',
  asOf: null,
  appendOnly: false,
  error: null,
});
const position: Position = {
  warehouseId: 'w',
  manifest: 1,
  appliedLsn: '0/10',
  asOf: null,
  at: '',
  tables: [live('public.orders'), live('public.items')],
  batches: [],
  windows: [],
};
const built: ReportedModel = {
  model: 'marts.built',
  kind: 'table',
  inputs: ['public.orders'],
  every: null,
  cron: null,
  state: 'fresh',
  lsn: '0/8',
  asOf: null,
  manifest: 1,
  rows: 1,
  lastRun: null,
  error: null,
  failing: [],
};

const unbuilt: ReportedModel = { ...built, model: 'marts.coming', kind: 'view', state: 'never', lsn: null, manifest: null };

const plan = (select: string) => planWatch(engine, select, { position, models: [built, unbuilt] });

test.each([
  ['a table', 'SELECT sum(n) AS s FROM public.orders', ['public.orders'], [{ s: '300' }]],
  ['a column with its table', 'SELECT max(public.orders.id) AS s FROM public.orders', ['public.orders'], [{ s: '102' }]],
  ['a scalar subquery', 'SELECT (SELECT max(id) FROM public.items) AS s', ['public.items'], [{ s: '102' }]],
  ['a view', 'SELECT sum(amount) AS s FROM stg.orders', ['public.orders'], [{ s: '300' }]],
  [
    'a view with its name before a column',
    'SELECT sum(orders.amount) AS s FROM stg.orders WHERE stg.orders.id > 100',
    ['public.orders'],
    [{ s: '200' }],
  ],
  ['a view with an alias', 'SELECT sum(o.amount) AS s FROM stg.orders o', ['public.orders'], [{ s: '300' }]],
  ['a view in a subquery', 'SELECT (SELECT max(id) FROM stg.orders) AS s', ['public.orders'], [{ s: '102' }]],
  ['a view of a view', 'SELECT count() AS s, min(id) AS m FROM stg.`odd name`', ['public.orders', 'public.items'], [{ s: '3', m: '100' }]],
  [
    'a view in WITH, under its own name',
    'WITH orders AS (SELECT * FROM stg.orders) SELECT sum(amount) AS s FROM orders',
    ['public.orders'],
    [{ s: '300' }],
  ],
  ['a view with UNION', 'SELECT sum(id) AS s FROM marts.both', ['public.orders'], [{ s: '310' }]],
  ['both halves of a UNION', '(SELECT max(id) AS s FROM stg.orders) UNION ALL (SELECT 1)', ['public.orders'], [{ s: '102' }, { s: '1' }]],
  [
    'views that are joined',
    'SELECT count() AS s FROM stg.orders LEFT JOIN public.items USING id JOIN stg.`odd name` ON `odd name`.id = orders.id',
    ['public.orders', 'public.items'],
    [{ s: '3' }],
  ],
] as const)('%s is read in the freeze', async (_what, select, tables, rows) => {
  const found = await plan(select);
  expect([new Set(found.tables), found.marts, found.others]).toEqual([new Set(tables), [], false]);
  const answer = await engine.query<{ s: string }>(found.selectAt('f'));
  expect(answer.toSorted((a, b) => Number(b.s) - Number(a.s))).toEqual(rows);
});

test('a model is read as it is shown, beside a table of the freeze, and what nobody reports is known as that', async () => {
  const alone = await plan('SELECT id FROM marts.built');
  expect([alone.tables, alone.marts, alone.others]).toEqual([[], ['marts.built'], false]);
  expect(alone.selectAt(null)).toBe('SELECT id FROM marts.built');
  const mixed = await plan('SELECT b.id AS b, max(o.id) AS o FROM marts.built AS b, public.orders AS o GROUP BY b');
  expect([mixed.tables, mixed.marts]).toEqual([['public.orders'], ['marts.built']]);
  expect(await engine.query(mixed.selectAt('f'))).toEqual([{ b: '5', o: '102' }]);
  const other = await plan('SELECT count() FROM system.tables');
  expect([other.tables, other.marts, other.others]).toEqual([[], [], true]);
});

test('a model that has not been built yet is waited for', async () => {
  await expect(plan('SELECT * FROM marts.coming')).rejects.toThrow(
    'TABLE_NOT_LIVE: marts.coming has not been built yet. `tailrace models` shows where it stands.',
  );
});

test('a schema whose database has another name is read in the freeze under that name', async () => {
  await engine.exec('CREATE DATABASE pg_system');
  await engine.exec('CREATE VIEW pg_system.orders AS SELECT 1 AS id');
  const odd = await planWatch(engine, 'SELECT id FROM pg_system.orders', {
    position: { ...position, tables: [live('system.orders')] },
    models: [],
  });
  expect(odd.tables).toEqual(['system.orders']);
  expect(odd.selectAt('tailrace_watch_1')).toBe('SELECT id FROM `tailrace_watch_1_pg_system`.orders');
});
