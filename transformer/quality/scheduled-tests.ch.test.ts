import { expect, test } from 'vitest';
import { getPosition } from '../../lake/readers.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { transformBench } from '../../test/support/warehouse/transform-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { readModels } from '../read-models.ts';
import { TransformState } from '../state/transform-state.ts';
import { ScheduledTests } from './scheduled-tests.ts';
import type { TestedNow } from './scheduled-tests.ts';

const orders = tableSchema({ oid: 5201, name: 'orders', columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] });

async function fill({ lake }: WarehouseBench): Promise<void> {
  await lake.copy(orders, { generation: 1, lsn: 10n }, [Array.from({ length: 5 }, (_, id) => ({ id: String(id), n: '1' }))]);
  await lake.batch([], { to: 15n });
}

const FILES = {
  'marts/total.sql': '-- All.\n-- @kind table\nSELECT sum(n) AS n FROM public.orders\n',
  'tests/differs.sql':
    '-- The mart is behind.\n-- @every 1ms\nSELECT t.n FROM marts.total AS t, (SELECT sum(n) AS n FROM public.orders) AS o WHERE t.n != o.n\n',
  'tests/negative.sql': '-- Less than nothing.\n-- @every 1ms\n-- @severity warn\nSELECT id FROM public.orders WHERE n < 0\n',
  'tests/breaks.sql':
    "-- Breaks.\n-- @every 1ms\nSELECT id FROM public.orders WHERE toInt32(concat('secret', toString(assumeNotNull(n)))) = 1\n",
  'tests/rows.sql': '-- Both sides.\n-- @every 1ms\n-- @reconcile public.*\n',
  'tests/nightly.sql': '-- At night.\n-- @cron 0 3 * * *\nSELECT id FROM public.orders WHERE n > 100\n',
};

test('tests in files run when an input changed or their time has come, on the models as they are shown', async () => {
  await using work = await transformBench(fill);
  const { bench, options } = work;
  for (const [file, text] of Object.entries(FILES)) await work.file(file, text);
  await work.once();
  const counted: (readonly string[])[] = [];
  const ends = {
    ...options,
    reconcile: (tables: readonly string[]) => {
      counted.push(tables);
      const one = { table: 'public.orders', match: false, sourceRows: 6, warehouseRows: 5, error: '6 and 5' };
      return Promise.resolve({ lsn: '0/20', tables: [one] });
    },
  };
  const now = async (nowMs: number): Promise<TestedNow> => {
    const position = await getPosition(bench.lake.store, options.warehouseId);
    if (position === null) throw new Error('no position');
    const folder = await readModels(options, bench.engine, false);
    return { folder, position, nowMs, records: (await TransformState.open(bench.engine)).records };
  };
  const turn = async (tests: ScheduledTests, nowMs: number): Promise<Record<string, unknown>> => {
    const state = await now(nowMs);
    tests.tick(state);
    await tests.settled();
    return Object.fromEntries(tests.reports(state.folder).map(({ test: name, ...rest }) => [name, rest]));
  };
  const noon = Date.now();
  const tests = new ScheduledTests(ends);
  expect(await turn(tests, noon)).toMatchObject({
    differs: { ok: true, failures: 0, error: null },
    negative: { ok: true, severity: 'warn' },
    breaks: { ok: false, error: { code: 'WAREHOUSE_QUERY', message: expect.not.stringContaining('secret') } },
    rows: { table: 'public.orders', ok: false, failures: 1, error: null },
    nightly: { ok: true },
  });
  const results = async (): Promise<number> => (await bench.rows('SELECT 1 FROM tailrace.quality')).length;
  const first = await results();
  await turn(tests, noon + 60_000);
  expect([await results(), counted]).toEqual([first, [['public.*']]]);

  await work.apply(await bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', n: '-7' } }]));
  const second = await turn(tests, noon + 120_000);
  expect(second).toMatchObject({
    differs: { ok: false, failures: 1, error: null },
    negative: { ok: false, failures: 1 },
    nightly: { ok: true },
  });
  // Without nightly, which no input makes due.
  expect(await results()).toBe(first + 4);
  expect(await bench.rows("SELECT sample, run, lsn FROM tailrace.quality WHERE check = 'negative' AND NOT ok")).toMatchObject([
    { sample: '[{"id":3}]', run: null },
  ]);

  const after = new ScheduledTests(ends);
  const begun = await now(noon + 120_000);
  after.tick({ ...begun, folder: { ...begun.folder, tests: begun.folder.tests.filter(({ name }) => name === 'nightly') } });
  await after.settled();
  expect(await results()).toBe(first + 4);
  expect((await turn(after, noon + 86_400_000 * 2))['nightly']).toMatchObject({ ok: true });
  expect(await results()).toBe(first + 9);
});
