import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/postgres.ts';
import { preflight } from './preflight.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => database[Symbol.asyncDispose]());

test('a fresh database of a superuser can be replicated, and each table says how its rows are told apart', async () => {
  await database.query(`create table keyed (id int primary key, note text, span interval); create table keyless (a int);
    create table counted (a int); alter table counted replica identity full; create unlogged table unlogged (id int primary key, twice int generated always as (id * 2) virtual)`);
  const items = await preflight({ url: database.url }, { tables: null });
  expect(items.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  expect(items.find(({ item }) => item === 'replication connection')?.value).toBe('works');
  expect(items.filter(({ table }) => table !== undefined).map(({ table, item, verdict }) => `${table}: ${item}: ${verdict}`)).toEqual([
    'public.counted: rows told apart by: warn',
    'public.keyed: rows told apart by: ok',
    'public.keyed: kept as exact text: ok',
    'public.keyed: long values looked up when an update leaves them: ok',
    'public.keyless: rows told apart by: warn',
    'public.unlogged: rows told apart by: warn',
    'public.unlogged: generated columns left out: warn',
  ]);
  expect(items.find(({ table }) => table === 'public.keyless')?.fix).toBe(
    'ALTER TABLE public.keyless ADD PRIMARY KEY (…); -- or: ALTER TABLE public.keyless REPLICA IDENTITY FULL;',
  );
});

test('a role without rights is told the exact statements that give them', async () => {
  const role = `r_${database.name}`;
  await database.query(
    `create role ${role} login password 'secret'; create table t (id int primary key); alter table t enable row level security`,
  );
  try {
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'secret'];
    const items = await preflight({ url: url.href }, { tables: ['public.*'] });
    const failed = items.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ item }) => item)).toEqual([
      'replication right',
      'create publications',
      'replication connection',
      'owner',
      'select',
      'row level security',
    ]);
    for (const { item, fix } of failed) if (item !== 'replication connection') await database.query(fix ?? '');
    const mended = await preflight({ url: url.href }, { tables: ['public.*'] });
    expect(mended.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(JSON.stringify([items, mended])).not.toContain('secret');
  } finally {
    await database.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
  }
});

test('a glob that matches nothing is an error that names it', async () => {
  await expect(preflight({ url: database.url }, { tables: ['public.nothing'] })).rejects.toThrow(/^NO_SUCH_TABLE: .*public\.nothing/);
});
