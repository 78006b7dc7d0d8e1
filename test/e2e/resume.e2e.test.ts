import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];

/** Data objects of the stream. */
function dataFiles({ lake }: Pipeline): string[] {
  return readdirSync(path.join(lake, 'data'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.arrow'))
    .map((name) => path.join(lake, 'data', name));
}

test(
  'a parked table is resumed without a copy once its cause is gone; otherwise resume exits 1 or 2 with the reason',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query(
      'create table t (id int primary key, v text); create table u (id int primary key); insert into t values (1, $$one$$)',
    );
    await using pipeline = createPipeline({ source: database.url });
    const applying = pipeline.start(['run', ...PORTS]);
    await applying.event('live');
    expect(await pipeline.cli(['resume', 'public.t'])).toMatchObject({
      code: 0,
      stdout: 'public.t is live, not parked; there is nothing to resume\n',
    });
    expect(await pipeline.cli(['resume', 'public.nope'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^NO_SUCH_TABLE: /) });
    applying.kill('SIGTERM');
    await applying.ended();
    expect(await pipeline.cli(['resume', 'public.t'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^NOT_RUNNING: /) });
    const known = new Set(dataFiles(pipeline));
    {
      await using replicating = pipeline.start(['replicate']);
      await replicating.event('ready');
      await database.query("insert into t values (2, 'two')");
      await eventually(() => dataFiles(pipeline).some((file) => !known.has(file)), 'a data file');
      replicating.kill('SIGTERM');
      await replicating.ended();
    }
    const [lost = ''] = dataFiles(pipeline).filter((file) => !known.has(file));
    renameSync(lost, `${pipeline.folder}/away`);
    const run = pipeline.start(['run', ...PORTS]);
    await run.event('table', ({ table, state }) => table === 'public.t' && state === 'parked');
    renameSync(`${pipeline.folder}/away`, lost);
    const resumed = await pipeline.cli(['resume', 'public.*']);
    expect(resumed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('public.t (parked with LAKE_CORRUPT) resumes where it stopped'),
    });
    expect((await pipeline.cli(['await', '--now', '--timeout', '120s'])).code).toBe(0);
    await expectVerified(pipeline);
    expect(
      readdirSync(path.join(pipeline.lake, 'snapshot')).flatMap((table) => readdirSync(path.join(pipeline.lake, 'snapshot', table))),
    ).toEqual(['1', '1']);
  },
);
