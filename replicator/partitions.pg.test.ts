import { expect, test } from 'vitest';
import { eventually } from '../test/support/eventually.ts';
import { startReplication } from '../test/support/replication.ts';

test('rows that a partition loses without a trace in the stream are noticed', async () => {
  await using replication = await startReplication({
    schema: `create table parts (id int primary key) partition by range (id);
      create table parts_1 partition of parts for values from (0) to (10); create table parts_2 partition of parts for values from (10) to (20)`,
  });
  const { source, lake } = replication;
  await source.query('insert into parts values (1), (11)');
  expect(await lake.rows('public.parts', 2)).toMatchObject([{ id: '1' }, { id: '11' }]);
  await source.query('truncate parts');
  await replication.beats(2);
  expect(await lake.eventKinds()).toEqual(['published']);
  await source.query('truncate parts_1');
  expect(await lake.event('resync', 'public.parts')).toMatchObject({ reason: 'a partition was emptied or rewritten' });
});

test('a created partition is followed; one that is attached with rows makes the table be copied again', async () => {
  await using replication = await startReplication({
    schema: `create table parts (id int primary key) partition by range (id); create table parts_1 partition of parts for values from (0) to (10);
      create table ready (id int primary key)`,
  });
  const { source, lake } = replication;
  await lake.event('published', 'public.parts');
  await source.query('create table parts_2 partition of parts for values from (10) to (20)');
  await source.query('insert into parts values (11)');
  expect(await lake.rows('public.parts', 1)).toMatchObject([{ id: '11' }]);
  await replication.beats(2);
  expect(await lake.eventKinds()).toEqual(['published', 'published']);
  await source.query('insert into ready values (21)');
  await source.query('alter table parts attach partition ready for values from (20) to (30)');
  expect(await lake.event('resync', 'public.parts')).toMatchObject({ reason: 'a table was attached to it as a partition' });
  await lake.event('dropped', 'public.ready');
});

test('a partition that is created alone, filled and attached in one transaction makes the table be copied again', async () => {
  await using replication = await startReplication({ schema: 'create table parts (id int primary key) partition by range (id)' });
  const { source, lake } = replication;
  await lake.event('published', 'public.parts');
  await source.query(`begin; create table ready (id int primary key); insert into ready values (21);
    alter table parts attach partition ready for values from (20) to (30); commit`);
  expect(await lake.event('resync', 'public.parts')).toMatchObject({ reason: 'a table was attached to it as a partition' });
});

test('a partition that is detached, filled and attached again between two looks makes the table be copied again', async () => {
  await using replication = await startReplication({
    schema: `create table parts (id int primary key) partition by range (id); create table middle partition of parts for values from (0) to (100) partition by range (id);
      create table leaf partition of middle for values from (0) to (10); insert into parts values (1)`,
  });
  const { source, lake } = replication;
  await lake.event('published', 'public.parts');
  await source.query(`begin; alter table parts detach partition middle; insert into leaf values (2);
    alter table parts attach partition middle for values from (0) to (100); commit`);
  expect(await lake.event('resync', 'public.parts')).toMatchObject({ reason: 'a partition was detached and attached again' });
});

test('a table is sent as a partition while it is one, and as itself otherwise', async () => {
  await using replication = await startReplication({
    schema: `create table parts (id int primary key, note text) partition by range (id); create table ready (id int primary key, note text)`,
    tables: ['public.parts'],
  });
  const { source, lake } = replication;
  await lake.event('published', 'public.parts');
  await source.query(`insert into ready values (1, 'by itself')`);
  await source.query('alter table parts attach partition ready for values from (0) to (10)');
  await lake.event('resync', 'public.parts');
  await source.query(`insert into ready values (2, 'as a part')`);
  expect(await lake.rows('public.parts', 1)).toMatchObject([{ id: '2', note: 'as a part' }]);
  await source.query('alter table parts detach partition ready');
  await eventually(async () => (await lake.eventKinds()).filter((kind) => kind === 'resync').length === 2, 'the partition is missed');
  await source.query(`insert into ready values (3, 'by itself again')`);
  await source.query('create table other partition of parts for values from (10) to (20)');
  await source.query(`insert into parts values (11, 'in another')`);
  expect((await lake.rows('public.parts', 2)).map((row) => row['id'])).toEqual(['2', '11']);
});
