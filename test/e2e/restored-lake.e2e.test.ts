import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const RUN = ['run', '--sql-port', '0', '--http-port', '0'];
const SCHEMA = 'create table items (id int primary key); insert into items select generate_series(1, 100)';

async function stop(run: ReturnType<Pipeline['start']>): Promise<void> {
  run.kill('SIGTERM');
  expect(await run.ended()).toMatchObject({ code: 0 });
}

async function count(pipeline: Pipeline, more: readonly string[] = []): Promise<string> {
  const counted = await pipeline.cli(['sql', 'select count() from public.items', '--format', 'TabSeparated', ...more]);
  expect(counted, counted.stderr).toMatchObject({ code: 0 });
  return counted.stdout.trim();
}

test('a lake restored under a newer warehouse: GAP is reported first, resync --all recovers, and tables stay readable', async () => {
  await using source = await createDatabase();
  await source.query(SCHEMA);
  await using pipeline = createPipeline({ source: source.url });
  const first = pipeline.start(RUN);
  await first.event('live');
  await stop(first);
  const backup = join(pipeline.folder, 'backup');
  await cp(pipeline.lake, backup, { recursive: true });
  const second = pipeline.start(RUN);
  await second.event('live');
  await source.query('insert into items select generate_series(101, 200)');
  expect(await pipeline.cli(['await', '--now'])).toMatchObject({ code: 0 });
  await stop(second);
  await rm(pipeline.lake, { recursive: true });
  await cp(backup, pipeline.lake, { recursive: true });

  const run = await pipeline.cli(RUN);
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr.trim().split('\n').at(-1)).toMatch(/^GAP: .*resync --all/);
  const compact = await pipeline.cli(['compact', '--sql-port', '0']);
  expect(compact).toMatchObject({ code: 1 });
  expect(compact.stderr).toMatch(/^WAREHOUSE_AHEAD: .*resync --all/m);
  expect(await count(pipeline)).toBe('200');

  const resync = await pipeline.cli(['resync', '--all']);
  expect(resync, resync.stderr).toMatchObject({ code: 0 });
  await source.query('delete from items where id <= 50');
  const last = pipeline.start(RUN);
  await last.event('ready');
  expect(['150', '200']).toContain(await count(pipeline));
  await last.event('live');
  await expectVerified(pipeline);
  expect(await count(pipeline)).toBe('150');
  await stop(last);
}, 600_000);

test('rebuild builds only the given warehouse, and says so when no process serves it', async () => {
  await using source = await createDatabase();
  await source.query(SCHEMA);
  await using pipeline = createPipeline({ source: source.url });
  await using run = pipeline.start(RUN);
  await run.event('live');
  const other = ['--warehouse', join(pipeline.folder, 'other')];
  await using compact = pipeline.start(['compact', '--sql-port', '0', ...other]);
  await compact.event('ready');
  const awaited = await pipeline.cli(['await', '--now', ...other]);
  expect(awaited, awaited.stderr).toMatchObject({ code: 0 });

  const rebuilds = async (of: readonly string[]): Promise<string> =>
    (
      await pipeline.cli(['sql', "select count() from tailrace.meta where key = 'rebuild'", '--format', 'TabSeparated', ...of])
    ).stdout.trim();
  const rebuilt = await pipeline.cli(['rebuild', ...other]);
  expect(rebuilt, rebuilt.stderr).toMatchObject({ code: 0 });
  expect([await rebuilds([]), await rebuilds(other)]).toEqual(['0', '1']);
  expect(await count(pipeline, other)).toBe('100');
  await stop(compact);
  const refused = await pipeline.cli(['rebuild', ...other]);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toMatch(/^NOT_RUNNING: /m);
  expect(await rebuilds([])).toBe('0');
}, 600_000);
