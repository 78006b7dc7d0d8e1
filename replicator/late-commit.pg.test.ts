import pg from 'pg';
import { expect, test } from 'vitest';
import { eventually } from '../test/support/eventually.ts';
import { chosenBinaries } from '../test/support/postgres-version.ts';
import { startPostgres } from '../test/support/postgres.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';

/**
 * Whether a commit waits by now: the checkpointer tells the others of the new configuration once it
 * has read it.
 */
async function commitsWait(source: TestDatabase): Promise<boolean> {
  const probe = new pg.Client({ connectionString: source.url });
  probe.on('error', () => undefined);
  await probe.connect();
  await probe.query('set synchronous_commit = on');
  const { rows } = await probe.query<{ pid: number }>('select pg_backend_pid() as pid');
  const pid = rows[0]?.pid ?? 0;
  let over = false;
  const committed = probe.query(`select pg_logical_emit_message(true, 'probe', 'x')`).then(
    () => (over = true),
    () => (over = true),
  );
  const waits = async (): Promise<boolean> =>
    (await source.query(`select 1 from pg_stat_activity where pid = $1 and wait_event = 'SyncRep'`, [pid])).length > 0;
  await eventually(async () => over || (await waits()), 'a commit to end or to wait');
  const waited = !over;
  await source.query('select pg_terminate_backend($1)', [pid]);
  await committed;
  await probe.end().catch(() => undefined);
  return waited;
}

test('a change that is streamed long before others see it, as with a slow standby, is explained once they do', async () => {
  await using server = await startPostgres({ binaries: await chosenBinaries(), settings: { synchronous_commit: 'local' } });
  await using replication = await startReplication({ server, schema: 'create table items (id int primary key)' });
  const { source, lake } = replication;
  await lake.event('published', 'public.items');
  const application = new pg.Client({ connectionString: source.url });
  await application.connect();
  try {
    await source.query(`alter system set synchronous_standby_names = 'nobody'`);
    await source.query('select pg_reload_conf()');
    await eventually(() => commitsWait(source), 'commits to wait for a standby');
    await application.query('set synchronous_commit = on');
    const committed = application.query(`begin; alter table items add column b text; insert into items values (1, 'x'); commit`);
    expect(await lake.event('resync', 'public.items')).toMatchObject({ reason: expect.stringContaining('fit neither') });
    await source.query('alter system reset synchronous_standby_names');
    await source.query('select pg_reload_conf()');
    await committed;
    await lake.event('schema', 'public.items');
    await application.query(`insert into items values (2, 'y')`);
    expect((await lake.rows('public.items', 2)).at(-1)).toMatchObject({ id: '2', b: 'y' });
  } finally {
    await application.end();
  }
});
