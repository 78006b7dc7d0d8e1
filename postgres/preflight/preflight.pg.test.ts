import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, majorOf, type TestDatabase } from '../../test/support/postgres.ts';
import { preflight } from './preflight.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => database[Symbol.asyncDispose]());

test('a fresh database of a superuser can be replicated, and each table says how its rows are told apart', async () => {
  // Columns that are computed are not sent before 18, virtual ones never.
  const storage = (await majorOf(database)) >= 18 ? 'virtual' : 'stored';
  await database.query(`create table keyed (id int primary key, note text, host inet); create table keyless (a int);
    create table counted (a int); alter table counted replica identity full; create unlogged table unlogged (id int primary key, twice int generated always as (id * 2) ${storage})`);
  const items = await preflight({ url: database.url }, { tables: null });
  expect(items.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  expect(items.find(({ item }) => item === 'replication connection')?.value).toBe('works');
  expect(items.filter(({ table }) => table !== undefined).map(({ table, item, verdict }) => `${table}: ${item}: ${verdict}`)).toEqual([
    'public.counted: rows told apart by: warn',
    'public.keyed: rows told apart by: ok',
    'public.keyed: kept as exact text: ok',
    'public.keyed: long values: ok',
    'public.keyless: rows told apart by: warn',
    'public.unlogged: rows told apart by: warn',
    'public.unlogged: generated columns left out: warn',
  ]);
  expect(items.find(({ table }) => table === 'public.keyless')?.fix).toBe(
    'ALTER TABLE public.keyless REPLICA IDENTITY FULL; -- if existing columns tell rows apart, better: ALTER TABLE public.keyless ADD PRIMARY KEY (…)',
  );
});

test('a role without privileges gets the exact statements that grant them, for partitions too', async () => {
  const role = `"R ${database.name}"`;
  await database.query(
    `create role ${role} login password 'secret'; create table t (id int primary key); alter table t enable row level security;
     create schema "Far Away"; create table parts (id int primary key) partition by range (id);
     create table "Far Away"."Leaf" partition of parts for values from (0) to (9); alter table "Far Away"."Leaf" enable row level security`,
  );
  try {
    const url = new URL(database.url);
    [url.username, url.password] = [role.slice(1, -1), 'secret'];
    const items = await preflight({ url: url.href }, { tables: ['public.*'] });
    const failed = items.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ item, table, fix }) => [item, table ?? '', fix])).toEqual([
      ['replication right', '', `ALTER ROLE ${role} REPLICATION;`],
      ['create publications', '', `GRANT CREATE ON DATABASE ${database.name} TO ${role};`],
      ['replication connection', '', expect.stringMatching(/not to a pooler/)],
      ['owner', 'public.parts', expect.stringContaining(`ALTER TABLE public.parts OWNER TO ${role};`)],
      [
        'select',
        'public.parts',
        `GRANT USAGE ON SCHEMA public TO ${role};\nGRANT USAGE ON SCHEMA "Far Away" TO ${role};\nGRANT SELECT ON public.parts TO ${role};\nGRANT SELECT ON "Far Away"."Leaf" TO ${role};`,
      ],
      ['row level security', 'public.parts', `ALTER ROLE ${role} BYPASSRLS;`],
      ['owner', 'public.t', expect.stringContaining(`ALTER TABLE public.t OWNER TO ${role};`)],
      ['select', 'public.t', `GRANT USAGE ON SCHEMA public TO ${role};\nGRANT SELECT ON public.t TO ${role};`],
      ['row level security', 'public.t', `ALTER ROLE ${role} BYPASSRLS;`],
    ]);
    for (const { item, fix } of failed)
      if (item !== 'replication connection') for (const statement of (fix ?? '').split('\n')) await database.query(statement);
    const fixed = await preflight({ url: url.href }, { tables: ['public.*'] });
    expect(fixed.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(JSON.stringify([items, fixed])).not.toContain('secret');
  } finally {
    await database.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
  }
});

test('any number of tables of an ordinary role are published after one grant of that role', async () => {
  const [owner, role] = [`"O ${database.name}"`, `"R ${database.name}"`];
  await database.query(
    `create role ${owner}; create role ${role} login password 'secret' replication; grant create on database ${database.name} to ${role};
     create table a (id int primary key); create table b (id int primary key);
     alter table a owner to ${owner}; alter table b owner to ${owner}; grant usage on schema public to ${role}`,
  );
  try {
    const url = new URL(database.url);
    [url.username, url.password] = [role.slice(1, -1), 'secret'];
    const told = (await preflight({ url: url.href }, { tables: null })).filter(({ item }) => item === 'owner');
    expect(told.map(({ table, value }) => [table, value])).toEqual([
      ['public.a', `another role, ${owner}`],
      ['public.b', `another role, ${owner}`],
    ]);
    const [fix, ...others] = new Set(told.map((item) => item.fix ?? ''));
    expect([fix?.split(' --')[0], others]).toEqual([`GRANT ${owner} TO ${role};`, []]);
    await database.query(fix ?? '');
    const items = await preflight({ url: url.href }, { tables: null });
    expect(items.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  } finally {
    await database.query(`drop table a, b; drop owned by ${role}, ${owner}; drop role ${role}, ${owner}`);
  }
});

test('a glob that matches nothing is an error that names it', async () => {
  await expect(preflight({ url: database.url }, { tables: ['public.nothing'] })).rejects.toThrow(/^NO_SUCH_TABLE: .*public\.nothing/);
});
