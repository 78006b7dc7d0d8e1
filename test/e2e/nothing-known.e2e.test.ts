import { expect, test } from 'vitest';
import type { StatusReport } from '../../monitor/status.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';

async function statusOf(pipeline: Pipeline) {
  const [json, text] = [await pipeline.cli(['status', '--json']), await pipeline.cli(['status'])];
  expect(text.code).toBe(json.code);
  return { code: json.code, report: JSON.parse(json.stdout) as StatusReport, text: text.stdout, stderr: text.stderr };
}

test(
  'status with a lost slot exits 1 and is within no target; with a source that is down it shows the known facts and exits 2',
  { timeout: 600_000 },
  async () => {
    const server = await startPostgres({ settings: { fsync: 'off' } });
    await using _server = server;
    const database = await createDatabase(server);
    await database.query('CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)');
    await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await run.event('live');
    expect((await statusOf(pipeline)).code).toBe(0);
    run.kill('SIGTERM');
    await run.ended();

    await database.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()');
    const gone = await statusOf(pipeline);
    expect(gone.code).toBe(1);
    expect(gone.report).toMatchObject({ withinSla: false, source: { slot: { walStatus: null } }, tables: [{ state: 'live' }] });
    expect(gone.report.stopped).toHaveLength(1);
    expect(gone.text).toMatch(/slot tailrace_\w+ is MISSING\n/);
    expect(gone.text).toContain('MISSED, stopped');
    expect(gone.text).toContain('Run `tailrace resync --all`');
    expect(gone.text).not.toContain('no limit');

    // The page of a monitor that never heard the source.
    await server.stop();
    const down = await statusOf(pipeline);
    expect(down.code).toBe(2);
    expect(down.stderr).toMatch(/^SOURCE_UNREACHABLE/);
    expect(down.report).toMatchObject({
      source: {
        lsn: null,
        slot: { walStatus: null, retainedBytes: null, safeWalBytes: null, active: null },
        walBudget: { level: 'unknown' },
      },
      stopped: [],
      cause: { stage: 'source' },
      tables: [{ table: 'public.orders', state: 'live' }],
    });
    expect(down.report.lake.durableLsn).not.toBe(null);
    expect(down.report.warehouse.appliedLsn).not.toBe(null);
    expect(down.text).not.toMatch(/missing|no limit|fine|no budget/i);
    expect(down.text).toContain('does not answer; slot tailrace_');
    const monitor = pipeline.start(['monitor', '--http-port', '0']);
    const page = String((await monitor.event('ready'))['page']);
    const seen = await eventually(async () => {
      const answer = await fetch(new URL('/status', page));
      return answer.ok ? ((await answer.json()) as StatusReport) : null;
    }, 'the page to tell something');
    expect(seen).toMatchObject({ source: { lsn: null, slot: { active: null } }, cause: { stage: 'source' }, tables: [{ state: 'live' }] });
    expect(await (await fetch(new URL('/metrics', page))).text()).not.toContain('tailrace_slot_active ');
  },
);
