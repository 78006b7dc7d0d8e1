import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { PROGRAM } from '../support/servers/program.ts';

const RUN = ['run', '--sql-port', '0', '--http-port', '0'];

let source: TestDatabase;
let pipeline: Pipeline;
let models: string;

beforeAll(async () => {
  source = await createDatabase();
  await source.query('create table orders (id int primary key); insert into orders select generate_series(1, 1000)');
  pipeline = createPipeline({ source: source.url });
  models = path.join(pipeline.folder, 'models');
  for (const folder of ['marts', 'reports', 'tests']) mkdirSync(path.join(models, folder), { recursive: true });
  writeFileSync(path.join(models, 'marts/counted.sql'), '-- All orders.\n-- @kind table\nSELECT count() AS orders FROM public.orders\n');
  writeFileSync(path.join(models, 'reports/orders.sql'), '-- @title Orders\nSELECT count() AS orders FROM public.orders\n');
  writeFileSync(path.join(models, 'tests/none.sql'), 'SELECT id FROM public.orders WHERE id > 10\n');
  await pipeline.start([...RUN, '--models', models]).event('live');
  await eventually(async () => (await pipeline.query('SELECT * FROM marts.counted').catch(() => null)) === '1000', 'the model');
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

interface Piped {
  /** What the reader read. */
  readonly read: string;
  readonly stderr: string;
  /** The exit code of the command, not that of its reader. */
  readonly code: number;
}

/** `tailrace ARGS | READER`, as a shell runs it. Ends when both have ended. */
async function piped(args: readonly string[], reader: string, both = false): Promise<Piped> {
  const script = `"$0" "$@" ${both ? '2>&1 ' : ''}| ${reader}; exit "\${PIPESTATUS[0]}"`;
  const env = { ...process.env, TAILRACE_SOURCE: source.url, TAILRACE_LAKE: pipeline.lake, TAILRACE_WAREHOUSE: pipeline.warehouse };
  const child = spawn('bash', ['-c', script, process.execPath, PROGRAM, ...args], {
    cwd: pipeline.folder,
    env: { ...env, TAILRACE_MODELS: models },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [read, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? -1)));
  return { read, stderr, code };
}

/** Reports that are printed at once. */
const WHOLE = [
  'help',
  'config',
  'check',
  'status',
  'status --json',
  'sql SELECT(1)',
  'models',
  'models --graph',
  'test',
  'lake ls',
  'lake show',
  'freeze ls',
  'resume public.orders',
  'verify',
];

test.each(WHOLE)('a report whose reader has gone ends as one that is read: %s', async (line) => {
  const args = line.split(' ');
  const whole = await piped(args, 'cat');
  expect(whole.read).not.toBe('');
  const { stderr, code } = await piped(args, 'true');
  expect(stderr).not.toMatch(/EPIPE|^ +at /m);
  expect(code).toBe(whole.code);
});

test.each([[['sql', 'SELECT number FROM numbers(1000000000)']], [['status', '--watch', '--json']]])(
  'a command that goes on printing ends when its reader goes: %s',
  async (args) => {
    const { read, stderr, code } = await piped(args, 'head -n 1');
    expect(read).toMatch(/^(?:0|\{.*\})\n$/);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  },
);

test.each([['SELECT count() AS orders FROM public.orders'], ['orders']])(
  'a watch whose reader has gone ends at the next change: %s',
  async (word) => {
    const watched = piped(['watch', word], 'head -n 1');
    let ended = false;
    void watched.then(() => (ended = true));
    await eventually(async () => {
      await source.query('insert into orders select max(id) + 1 from orders');
      return ended;
    }, 'the end of the watch');
    const { read, stderr, code } = await watched;
    expect(JSON.parse(read)).toMatchObject({ columns: ['orders'] });
    expect([code, stderr]).toEqual([0, '']);
  },
);

test('errors that nobody reads change no exit code', async () => {
  expect(await piped(['sql', 'SELECT nothing FROM public.orders'], 'true', true)).toEqual({ read: '', stderr: '', code: 1 });
  expect(await piped(['status', '--nothing'], 'true', true)).toEqual({ read: '', stderr: '', code: 2 });
});
