import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];

async function status(pipeline: Pipeline): Promise<{ paused: unknown; notes: string[]; source: { slot: { active: boolean } } }> {
  return JSON.parse((await pipeline.cli(['status', '--json'])).stdout);
}

test('each role rests from pause to resume, says so in status, and loses nothing', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table t (id int primary key); insert into t values (1)');
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', ...PORTS]);
  await run.event('live');

  expect((await pipeline.cli(['pause', '--role', 'compact'])).stdout).toBe('compact is paused until `tailrace resume --role compact`\n');
  await eventually(() => run.stderr().includes('paused; '), 'the compactor rests');
  await database.query('insert into t values (2)');
  const before = await status(pipeline);
  expect(before).toMatchObject({ paused: [{ role: 'compact', until: null }], notes: expect.arrayContaining(['compact is paused']) });
  expect((await pipeline.cli(['await', '--now', '--timeout', '3s'])).code).toBe(1);
  expect(await pipeline.query('select count() from public.t')).toBe('1');
  expect((await pipeline.cli(['resume', '--role', 'compact'])).stdout).toBe('compact works again\n');
  expect((await pipeline.cli(['await', '--now', '--timeout', '120s'])).code).toBe(0);

  expect((await pipeline.cli(['pause', '--role', 'replicate', '--for', '1h'])).stdout).toMatch(/^replicate is paused until 20\d\d-.+Z\n$/);
  await eventually(async () => !(await status(pipeline)).source.slot.active, 'nobody reads the slot');
  await database.query('insert into t values (3)');
  // A later pause counts, and this one is over at once.
  expect((await pipeline.cli(['pause', '--role', 'replicate', '--for', '1ms'])).code).toBe(0);
  expect((await pipeline.cli(['await', '--now', '--timeout', '120s'])).code).toBe(0);

  await pipeline.cli(['pause', '--role', 'snapshot']);
  await database.query('create table late (id int primary key); insert into late values (1)');
  await eventually(async () => (await pipeline.cli(['status'])).stdout.includes('snapshot is paused'), 'the copy waits');
  await pipeline.cli(['resume', '--role', 'snapshot']);
  await run.event('table', ({ table, state }) => table === 'public.late' && state === 'live');
  await expectVerified(pipeline);
});

test('a pause of the replicator ends before it harms the source', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table t (id int primary key, v text)');
  await using pipeline = createPipeline({ source: database.url });
  await using run = pipeline.start(['replicate', '--source-wal-budget', '1MiB']);
  await run.event('ready');
  await pipeline.cli(['pause', '--role', 'replicate']);
  await eventually(() => run.stderr().includes('paused; '), 'the replicator rests');
  await database.query("insert into t select i, repeat('x', 1000) from generate_series(1, 5000) i");
  await eventually(() => /the source keeps [\d.]+ MiB of WAL, of a budget of 1\.0 MiB/.test(run.stderr()), 'the pause ends');
  await eventually(async () => (await status(pipeline)).source.slot.active, 'the slot is read again');
  expect((await status(pipeline)).paused).toEqual([]);
});

test('arguments that name no role, or too much, are refused by name', async () => {
  await using pipeline = createPipeline({ source: 'postgres://nobody@localhost/none' });
  const refused = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await pipeline.cli(words);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused('pause')).toContain('BAD_ARGUMENT: --role is missing; it is one of replicate, snapshot, compact');
  expect(await refused('pause', '--role', 'monitor')).toContain('--role monitor is no role that can be paused');
  expect(await refused('pause', '--role', 'compact', '--for', 'long')).toContain('--for long is not a time');
  expect(await refused('resume')).toContain('resume takes a table or --role');
  expect(await refused('resume', 'public.t', '--role', 'compact')).toContain('resume takes tables or --role, not both');
  expect(await refused('pause', '--role', 'compact')).toContain('LAKE_MISSING');
});
