import { expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { majorOf } from '../../test/support/postgres.ts';
import { startReplication } from '../../test/support/replication.ts';

/** Longer than the test: no look comes by its turn. */
const NEVER_MS = 3_600_000;

const WAYS: readonly (readonly [string, { before: string; after: string; since?: number }])[] = [
  [
    'a primary key that is dropped',
    { before: 'create table t (id int primary key, v int)', after: 'alter table t drop constraint t_pkey' },
  ],
  [
    'a primary key that becomes deferrable',
    {
      before: 'create table t (id int primary key, v int)',
      after: 'alter table t drop constraint t_pkey, add primary key (id) deferrable',
    },
  ],
  ['REPLICA IDENTITY NOTHING', { before: 'create table t (id int primary key, v int)', after: 'alter table t replica identity nothing' }],
  [
    'an identity index that is dropped',
    {
      before:
        'create table t (id int not null, v int); create unique index t_id on t (id); alter table t replica identity using index t_id',
      after: 'drop index t_id',
    },
  ],
  [
    'a partition without an identity',
    {
      before: 'create table t (id int primary key, v int) partition by list (id); create table t_0 partition of t for values in (0)',
      after: 'create table t_1 partition of t for values in (1); alter table t_1 replica identity nothing',
    },
  ],
  [
    'FULL with a virtual column',
    {
      since: 18,
      before: 'create table t (id int primary key, v int); alter table t replica identity full',
      after: 'alter table t add column w int generated always as (v + 1) virtual',
    },
  ],
];

test.for(WAYS)("%s is noticed at once: the application's updates fail only for a moment", async ([, way], { skip }) => {
  await using replication = await startReplication({ schema: way.before, heartbeatMs: NEVER_MS });
  const { source, lake } = replication;
  skip(way.since !== undefined && (await majorOf(source)) < way.since, 'this version has no virtual columns');
  await lake.event('published', 'public.t');
  await source.query(way.after);
  await source.query('insert into t values (1, 1)');
  const worked = (): Promise<true | undefined> =>
    source.query('update t set v = v + 1').then(
      () => true as const,
      () => undefined,
    );
  await eventually(worked, 'updates to work', 30_000);
  await source.query('delete from t');
  expect(await source.query('select from t')).toEqual([]);
});

test('a table whose identity was dropped behind a lock is retried before its regular turn', async () => {
  await using replication = await startReplication({ schema: 'create table t (id int primary key, v int)', heartbeatMs: NEVER_MS });
  const { source, lake } = replication;
  await lake.event('published', 'public.t');
  await source.query('insert into t values (1, 1); alter table t drop constraint t_pkey');
  await source.query('begin; lock table t in share update exclusive mode');
  await replication.beats(1);
  await expect(source.query('update t set v = 2')).rejects.toThrow(/replica identity/);
  await source.query('rollback');
  const worked = (): Promise<true | undefined> =>
    source.query('update t set v = v + 1').then(
      () => true as const,
      () => undefined,
    );
  await eventually(worked, 'updates to work', 30_000);
});
