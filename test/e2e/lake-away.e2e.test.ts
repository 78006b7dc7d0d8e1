import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline, Running } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';
import { volume } from '../support/volume.ts';
import type { Volume } from '../support/volume.ts';

const RUN = ['run', '--sql-port', '0', '--http-port', '0'];
const SCHEMA = 'create table items (id int primary key); insert into items select generate_series(1, 100)';

/** A pipeline at work whose lake is on a volume; everything committed is in the warehouse. */
async function atWork(lake: Volume, source: TestDatabase): Promise<{ pipeline: Pipeline; run: Running }> {
  await source.query(SCHEMA);
  const pipeline = createPipeline({ source: source.url, lake: lake.path, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
  const run = pipeline.start(RUN);
  await run.event('live');
  await source.query('insert into items select generate_series(101, 200)');
  expect(await pipeline.cli(['await', '--now'])).toMatchObject({ code: 0 });
  return { pipeline, run };
}

async function confirmed(source: TestDatabase): Promise<unknown> {
  return source.query('select confirmed_flush_lsn from pg_replication_slots where database = current_database()');
}

test('a lake whose volume is taken away is waited for, nothing is acknowledged until then, and nothing is missing when it is back', async () => {
  await using lake = await volume();
  await using source = await createDatabase();
  const { pipeline, run } = await atWork(lake, source);
  await using _pipeline = pipeline;
  await lake.takeAway();
  const before = await confirmed(source);
  await source.query('insert into items select generate_series(201, 300)');
  await eventually(() => run.stderr().includes('LAKE_UNAVAILABLE'), 'the word that the lake is away');
  // A role that is started again knows of the lake only what `run` tells it.
  for (const role of run.roles().keys()) {
    const pid = await eventually(() => run.roles().get(role), role);
    process.kill(pid, 'SIGKILL');
    await eventually(() => (run.roles().get(role) ?? pid) !== pid, `another ${role}`);
  }
  const said = run.stderr().length;
  await eventually(
    () => /replicator.*LAKE_UNAVAILABLE|LAKE_UNAVAILABLE.*replicator/.test(run.stderr().slice(said)),
    'a start without a lake',
  );
  expect(await confirmed(source)).toEqual(before);
  expect(await readdir(lake.path)).toEqual([]);

  await lake.putBack();
  const awaited = await pipeline.cli(['await', '--now', '--timeout', '120s']);
  expect(awaited, awaited.stderr).toMatchObject({ code: 0 });
  await expectVerified(pipeline);
  const log = new ManifestLog(new DirectoryStore(lake.path), silentLogger());
  const last = await log.last();
  for (let number = 1; number < (last?.number ?? 0); number += 1) {
    expect((await log.read(number + 1))?.previous).toBe((await log.read(number))?.hash);
  }
  run.kill('SIGTERM');
  expect(await run.ended()).toMatchObject({ code: 0 });
}, 600_000);

test('run makes no new lake in an empty mount point when its warehouse was made from another', async () => {
  await using lake = await volume();
  await using source = await createDatabase();
  const { pipeline, run } = await atWork(lake, source);
  await using _pipeline = pipeline;
  run.kill('SIGTERM');
  await run.ended();
  await lake.takeAway();
  const refused = await pipeline.cli(RUN);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(
    /^WAREHOUSE_OF_ANOTHER_LAKE: .* was made from lake [0-9a-f]{8}, but there is no lake in .*\. Mount the volume/m,
  );
  expect(await readdir(lake.path)).toEqual([]);
  expect(await confirmed(source)).toHaveLength(1);
  await lake.putBack();
  const again = pipeline.start(RUN);
  await again.event('live');
  await expectVerified(pipeline);
}, 600_000);

test('another lake in the place of the lake ends run, and nothing is written to it', async () => {
  await using lake = await volume();
  await using source = await createDatabase();
  const { pipeline, run } = await atWork(lake, source);
  await using _pipeline = pipeline;
  await using elsewhere = createPipeline({ source: source.url });
  await using other = elsewhere.start(RUN);
  await other.event('live');
  other.kill('SIGTERM');
  await other.ended();
  const files = await readdir(elsewhere.lake, { recursive: true });
  await lake.takeAway();
  await lake.putBack(elsewhere.lake);
  const ended = await run.ended();
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stderr).toMatch(/LAKE_REPLACED: |WAREHOUSE_OF_ANOTHER_LAKE: /);
  expect((await readdir(elsewhere.lake, { recursive: true })).filter((name) => name.startsWith('stream/'))).toEqual(
    files.filter((name) => name.startsWith('stream/')),
  );
}, 600_000);

test('an older copy in the place of the lake is a gap, and gets no manifest behind a hole', async () => {
  await using lake = await volume();
  await using source = await createDatabase();
  const { pipeline, run } = await atWork(lake, source);
  await using _pipeline = pipeline;
  const copy = join(pipeline.folder, 'copy');
  await cp(lake.path, copy, { recursive: true });
  await source.query('insert into items select generate_series(201, 300)');
  expect(await pipeline.cli(['await', '--now'])).toMatchObject({ code: 0 });
  const manifests = await readdir(join(copy, 'stream'));
  await lake.takeAway();
  await lake.putBack(copy);
  const ended = await run.ended();
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stderr).toMatch(/^GAP: .*resync --all/m);
  expect(await readdir(join(copy, 'stream'))).toEqual(manifests);
}, 600_000);
