import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusReport } from '../../monitor/status.ts';
import type { VerifyReport } from '../../verifier/report.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Finished, Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

const resources = new AsyncDisposableStack();
let pipeline: Pipeline;

/** A pipeline at work on two tables that have rows in the stream. */
beforeAll(async () => {
  const database = resources.use(await createDatabase());
  await database.query(
    'CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE "Odd one" (id int PRIMARY KEY); CREATE TABLE elsewhere (id int PRIMARY KEY)',
  );
  pipeline = resources.use(createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } }));
  await pipeline.start(['run', '--tables', 'public.o*,public."Odd one"', '--sql-port', '0', '--http-port', '0']).event('live');
  await database.query('INSERT INTO orders VALUES (1); INSERT INTO "Odd one" VALUES (1)');
  const awaited = await pipeline.cli(['await', '--now', '--timeout', '60s']);
  if (awaited.code !== 0) throw new Error(awaited.stderr);
}, 300_000);

afterAll(() => resources.disposeAsync());

const NO_SUCH = /^NO_SUCH_TABLE: .*"public\.nope"/;
const ASK = [
  ['status', '--json'],
  ['await', '--now', '--timeout', '5s'],
  ['verify', '--json'],
  ['check'],
  ['lake', 'ls'],
  ['lake', 'show', '1'],
  ['resync', 'public.orders'],
  ['resume', 'public.orders'],
  ['run', '--sql-port', '0', '--http-port', '0'],
  ['replicate'],
  ['snapshot'],
  ['monitor', '--http-port', '0'],
];

test.each(ASK)(
  '%s %s: a glob of --tables that matches nothing is an error, also beside one that matches',
  { timeout: 120_000 },
  async (...args) => {
    for (const globs of ['public.nope', 'public.orders,public.nope'])
      expect(await pipeline.cli([...args, '--tables', globs])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(NO_SUCH) as unknown,
      });
  },
);

test.each([
  [['verify', '--table', 'public.nope'], 2],
  [['verify', '--table', 'public.orders', '--table', 'public.nope'], 2],
  [['verify', 'public.nope'], 2],
  [['resync', 'public.nope'], 2],
  [['resync', 'public.orders', '--tables', 'public."Odd one"'], 2],
  [['resume', 'public.nope'], 2],
  [['lake', 'cat', '1', 'public.nope'], 1],
] satisfies [string[], number][])('%s: a table that is not there is an error', { timeout: 120_000 }, async (args, code) => {
  const ended = await pipeline.cli([...args]);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(args.includes('public."Odd one"') ? 'public.orders' : 'public.nope');
});

test.each([['sql', 'SELECT 1'], ['rebuild'], ['teardown'], ['compact'], ['alert', 'test']])(
  '%s %s: a command that cannot be narrowed refuses --tables',
  { timeout: 120_000 },
  async (...args) => {
    const ended = await pipeline.cli([...args.filter((arg) => arg !== undefined), '--tables', 'public.orders']);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^BAD_ARGUMENT: .*--tables/) as unknown });
  },
);

function tablesOf({ stdout }: Finished): string[] {
  return (JSON.parse(stdout) as StatusReport | VerifyReport).tables.map(({ table }) => table).toSorted();
}

test('an answer has only tables that a glob of the command matches, and only chosen ones', { timeout: 120_000 }, async () => {
  expect(tablesOf(await pipeline.cli(['status', '--json']))).toEqual(['public."Odd one"', 'public.orders']);
  expect(tablesOf(await pipeline.cli(['verify', '--json']))).toEqual(['public."Odd one"', 'public.orders']);
  expect(tablesOf(await pipeline.cli(['status', '--json', '--tables', 'public.*ers']))).toEqual(['public.orders']);
  expect(tablesOf(await pipeline.cli(['verify', '--json', '--tables', 'public."Odd*"']))).toEqual(['public."Odd one"']);
  expect(tablesOf(await pipeline.cli(['verify', '--json', '--table', 'public.*ers']))).toEqual(['public.orders']);
  expect(await pipeline.cli(['verify', '--table', 'public.orders', '--tables', 'public."Odd one"'])).toMatchObject({ code: 2 });
  expect(await pipeline.cli(['verify', '--table', 'public.*', '--from', '1'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^BAD_ARGUMENT: --from and --to need exactly one table, but 2 match/) as unknown,
  });
  const listed = await pipeline.cli(['lake', 'ls', '--tables', 'public.orders']);
  expect(listed.stdout).toContain('public.orders');
  expect(listed.stdout).not.toContain('Odd');
});

test('lake show of a batch without a chosen table is no error', { timeout: 120_000 }, async () => {
  const [, newest = '1'] = /^batch (\d+) /.exec((await pipeline.cli(['lake', 'show'])).stdout) ?? [];
  const shown = await Promise.all(
    Array.from({ length: Number(newest) }, (_, at) =>
      pipeline.cli(['lake', 'show', String(at + 1), '--tables', 'public.o*,public."Odd one"']),
    ),
  );
  expect(shown.map(({ code, stderr }) => [code, stderr])).toEqual(shown.map(() => [0, '']));
  expect(shown.some(({ stdout }) => stdout.includes('(heartbeat)'))).toBe(true);
});
