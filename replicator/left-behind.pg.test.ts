import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { NO_RULES } from '../test/support/no-rules.ts';
import { openLake } from '../lake/lake-identity.ts';
import { startReplication } from '../test/support/replication.ts';
import { beginEpoch } from './start/epoch-start.ts';

test('a table that was dropped during a gap is dropped by the first batch of the next epoch', async () => {
  await using replication = await startReplication({
    schema: 'create table kept (id int primary key); create table went (id int primary key)',
  });
  const { source, lake } = replication;
  await source.query('insert into kept values (1); insert into went values (1)');
  await lake.rows('public.went', 1);
  const went = (await lake.event('published', 'public.went')).tableId;
  await replication.stop();
  const { name } = await openLake(lake.store, null);
  await source.query('select pg_drop_replication_slot($1)', [name]);
  await source.query('drop table went');
  await beginEpoch({ source: { url: source.url }, store: lake.store, rules: NO_RULES, log: silentLogger() });
  await replication.start().ready();
  const dropped = await lake.event('dropped', 'public.went');
  expect(dropped.tableId).toBe(went);
  const manifests = await lake.manifests();
  expect(manifests.find(({ epoch }) => epoch === 2)?.catalog).toContainEqual(dropped);
  await lake.event('published', 'public.kept');
  await replication.stop();
  await replication.start().ready();
  await source.query('insert into kept values (2)');
  await lake.rows('public.kept', 2);
  expect((await lake.events()).filter(({ kind }) => kind === 'dropped')).toEqual([dropped]);
});
