import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../postgres/session/connect.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline, Running } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { expectVerified } from '../support/verified.ts';

const ROWS = 'create table t (id int primary key, v text); insert into t select i, i::text from generate_series(1, 20000) i';
const PORTS = ['--sql-port', '0', '--http-port', '0'];

/** How many verifications of the lake have come to this stage. */
function reached(pipeline: Pipeline, stage: string): number {
  return readdirSync(path.join(pipeline.lake, 'control')).filter((name) => name.endsWith(`.${stage}.json`)).length;
}

async function until(pipeline: Pipeline, stage: string, times = 1): Promise<void> {
  await eventually(() => reached(pipeline, stage) >= times, `stage ${stage}`);
}

async function killCompactor(run: Running): Promise<void> {
  const pid = await eventually(() => run.roles().get('compact'), 'compactor');
  process.kill(pid, 'SIGKILL');
}

test(
  'a compactor killed while it holds, or while its clones are compared, ends verify with 2, and the next one is right',
  {
    timeout: 600_000,
  },
  async () => {
    await using database = await createDatabase();
    await database.query(ROWS);
    await using pipeline = createPipeline({ source: database.url });
    const run = pipeline.start(['run', ...PORTS]);
    await run.event('live');
    {
      // An open transaction keeps the point from being made, so the compactor is held.
      await using writer = await connect({ url: database.url });
      await writer.query('begin');
      await writer.query('insert into public.t values (-1)');
      const held = pipeline.start(['verify']);
      await until(pipeline, 'held');
      await killCompactor(run);
      await until(pipeline, 'done');
      await writer.query('commit');
      const { code, stderr } = await held.ended();
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^TIMED_OUT: the verification ended early: the compactor restarted\. Verify again\.$/m),
      ]);
    }
    const comparing = pipeline.start(['verify', '--max-rate', '500']);
    await until(pipeline, 'cloned');
    await killCompactor(run);
    const { code, stderr } = await comparing.ended();
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^(TIMED_OUT: the verification ended early|WAREHOUSE_UNAVAILABLE): /m)]);
    await expectVerified(pipeline);
  },
);

test(
  'a slow verification keeps neither a second one nor the application nor the compactor waiting, and one that is stopped leaves nothing',
  {
    timeout: 600_000,
  },
  async () => {
    await using database = await createDatabase();
    await database.query(ROWS);
    await using pipeline = createPipeline({ source: database.url });
    const run = pipeline.start(['run', ...PORTS]);
    await run.event('live');
    const slow = pipeline.start(['verify', '--max-rate', '200']);
    await until(pipeline, 'cloned');
    await database.query("update t set v = 'new' where id % 2 = 0; create table u (id int primary key)");
    await expectVerified(pipeline);
    expect(reached(pipeline, 'release')).toBe(1);
    const noted = "select distinct check, ok, severity, failures, lsn != '' from tailrace.quality where table = 'public.t'";
    expect((await pipeline.cli(['sql', noted, '--format', 'TSV'])).stdout).toBe('verify\ttrue\terror\t0\t1\n');
    slow.kill('SIGINT');
    expect((await slow.ended()).code).toBe(2);
    await until(pipeline, 'done', 2);
    const clones = await pipeline.cli(['sql', "select count() from system.tables where name like 'clone%'"]);
    expect(clones.stdout.trim()).toBe('0');
  },
);
