import pg from 'pg';
import { expect, test } from 'vitest';
import { chosenBinaries } from '../test/support/postgres-version.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';

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
