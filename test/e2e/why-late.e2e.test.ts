import { expect, test } from 'vitest';
import type { MonitorReport } from '../../monitor/monitor-report.ts';
import type { StatusReport } from '../../monitor/status.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';

/** Null as long as there is nothing to tell. */
async function status(pipeline: Pipeline): Promise<StatusReport | null> {
  const { code, stdout } = await pipeline.cli(['status', '--json']);
  return code === 2 ? null : (JSON.parse(stdout) as StatusReport);
}

/**
 * Resolves with the first status that names this stage, for the whole and for the table; null: that
 * nothing is held up.
 */
async function heldUpBy(pipeline: Pipeline, stage: string | null): Promise<StatusReport> {
  return eventually(
    async () => {
      const report = await status(pipeline);
      const [table] = report?.tables ?? [];
      const named = table?.state === 'live' && [report?.cause, table.cause].every((cause) => (cause?.stage ?? null) === stage);
      return named ? report : null;
    },
    `status to name ${stage ?? 'nobody'}`,
  );
}

test('status names the stage that holds changes up, and takes it back', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1)');
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
  const replicate = pipeline.start(['replicate']);
  pipeline.start(['snapshot']);
  const compact = pipeline.start(['compact', '--sql-port', '0']);
  await heldUpBy(pipeline, null);

  await compact[Symbol.asyncDispose]();
  await database.query('INSERT INTO items VALUES (2)');
  expect((await heldUpBy(pipeline, 'compactor')).cause?.reason).toMatch(/^(\d+ batches are|1 batch is) waiting/);
  pipeline.start(['compact', '--sql-port', '0']);
  await heldUpBy(pipeline, null);

  await replicate[Symbol.asyncDispose]();
  expect((await heldUpBy(pipeline, 'replicator')).cause?.reason).toBe('no replicator is connected to the slot');
  expect((await pipeline.cli(['status'])).stdout).toContain('held up   by the replicator: no replicator is connected to the slot');
  pipeline.start(['replicate']);
  await heldUpBy(pipeline, null);
});

test('a source that is down is named by the page, and a missed target sets the exit code', { timeout: 600_000 }, async () => {
  const server = await startPostgres({ settings: { fsync: 'off' } });
  const database = await createDatabase(server);
  await database.query('CREATE TABLE items (id int PRIMARY KEY); CREATE TABLE slow (id int PRIMARY KEY)');
  const env = { TAILRACE_SOURCE_HEARTBEAT: '1s', TAILRACE_FRESHNESS: '{"public.items": "5ms"}' };
  await using pipeline = createPipeline({ source: database.url, env });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const ready = await run.event('ready');
  await run.event('live');
  const late = await pipeline.cli(['status', '--json']);
  expect(late.code).toBe(1);
  expect((JSON.parse(late.stdout) as StatusReport).tables.map(({ table, slaSeconds }) => [table, slaSeconds])).toEqual([
    ['public.items', 0.005],
    ['public.slow', 1800],
  ]);
  await server[Symbol.asyncDispose]();
  const page = String(ready['page']);
  const cause = await eventually(async () => {
    const report = (await (await fetch(new URL('/status', page))).json()) as StatusReport;
    return report.cause?.stage === 'source' ? report.cause : null;
  }, 'the page to name the source');
  expect(cause.reason).toBe('it does not answer');
  expect(await (await fetch(new URL('/metrics', page))).text()).toContain('tailrace_held_up{stage="source"} 1');
  const replicate = await eventually(async () => {
    const { roles } = (await (await fetch(new URL('/status', page))).json()) as MonitorReport;
    return roles.find(({ role, trouble }) => role === 'replicate' && trouble !== null);
  }, 'the page to say what the replicator meets');
  expect(replicate).toMatchObject({ restarts: 0, trouble: expect.stringMatching(/^SOURCE_UNREACHABLE: /) });
});
