import { afterEach, beforeEach, expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { createDatabase, majorOf, type TestDatabase } from '../../test/support/postgres.ts';
import { readTables } from '../catalog/catalog.ts';
import { connect, type SqlConnection } from '../session/connect.ts';
import { dropPublications, ensurePublications, type PublicationChanges, publishedTables, readPublications } from './publication.ts';

let database: TestDatabase;
let connection: SqlConnection;
beforeEach(async () => {
  database = await createDatabase();
  connection = await connect({ url: database.url });
});
afterEach(async () => {
  await connection.close();
  await database[Symbol.asyncDispose]();
});

const NOTHING: PublicationChanges = { added: [], removed: [], moved: [], failed: [] };

async function ensure(only?: string, session: Pick<SqlConnection, 'query'> = connection): Promise<PublicationChanges> {
  const tables = (await readTables(connection, null)).filter(({ name }) => only === undefined || name === only);
  return ensurePublications(session, { name: 'tailrace_1', tables });
}

test('tables go into the publication of their identity, and a second call changes nothing', async () => {
  await database.query(`
    create table keyed (a int primary key, b int); create table "Odd Name" (a int); alter table "Odd Name" replica identity full;
    create table keyless (a int); create unlogged table unlogged (a int primary key);
    create table root (k int primary key) partition by range (k); create table leaf partition of root for values from (0) to (10);
    create table parent (a int primary key); create table child (primary key (a)) inherits (parent)`);
  expect(await ensure()).toEqual({
    ...NOTHING,
    added: ['public."Odd Name"', 'public.child', 'public.keyed', 'public.keyless', 'public.parent', 'public.root'],
  });
  expect(await ensure()).toEqual(NOTHING);
  const published = await publishedTables(connection, 'tailrace_1');
  expect(published.map(({ name, appendOnly }) => [name, appendOnly])).toEqual([
    ['Odd Name', false],
    ['child', false],
    ['keyed', false],
    ['keyless', true],
    ['parent', false],
    ['root', false],
  ]);
});

test("the application's own updates, deletes and upserts of a table without a usable key keep working", async () => {
  await database.query(`
    create table keyless (a int); create table deferred (a int primary key deferrable); create table nulls (a int unique, b int);
    create table nothing (a int primary key, b int); alter table nothing replica identity nothing;
    create table lost (a int primary key, b int not null); create unique index lost_b on lost (b); alter table lost replica identity using index lost_b; drop index lost_b;
    create table parts (a int primary key, b int) partition by range (a); create table part_1 partition of parts for values from (0) to (9); alter table part_1 replica identity nothing`);
  await ensure();
  await database.query('insert into keyless values (1); update keyless set a = 2; delete from keyless');
  // A deferrable key cannot decide a conflict.
  await database.query('insert into deferred values (1); update deferred set a = 2; delete from deferred');
  for (const table of ['nulls', 'nothing', 'lost', 'parts']) {
    await database.query(`insert into ${table} values (1, 1)`);
    await database.query(`insert into ${table} values (1, 2) on conflict (a) do update set b = excluded.b`);
    await database.query(`update ${table} set b = 3; delete from ${table}`);
  }
  const appendOnly = (await publishedTables(connection, 'tailrace_1')).filter((table) => table.appendOnly).map(({ name }) => name);
  expect(appendOnly).toEqual(['deferred', 'keyless', 'lost', 'nothing', 'nulls', 'parts']);
});

test('updates of a table with identity FULL and a virtual column keep working, also in a partition', async () => {
  if ((await majorOf(database)) < 18) return;
  await database.query(
    `create table whole (a int primary key, b int, v int generated always as (a + 1) virtual); alter table whole replica identity full;
     create table root (a int primary key, b int, v int generated always as (a + 1) virtual) partition by range (a);
     create table leaf partition of root default; alter table leaf replica identity full; insert into whole values (1); insert into root values (1)`,
  );
  await ensure();
  await database.query('update whole set b = 2; update root set b = 2; delete from whole; delete from root');
  expect(await database.query('select from whole union all select from root')).toEqual([]);
});

test('a table moves when its key goes and comes back, and leaves when it is no longer wanted', async () => {
  await database.query('create table t (a int primary key); create table other (a int primary key)');
  await ensure();
  await database.query('alter table t drop constraint t_pkey');
  expect(await ensure()).toEqual({ ...NOTHING, moved: ['public.t'] });
  expect((await publishedTables(connection, 'tailrace_1')).map(({ name, appendOnly }) => [name, appendOnly])).toEqual([
    ['other', false],
    ['t', true],
  ]);
  await database.query('alter table t add primary key (a)');
  expect(await ensure()).toEqual({ ...NOTHING, moved: ['public.t'] });
  expect(await ensure('t')).toEqual({ ...NOTHING, removed: ['public.other'] });
});

test('options, filters and column lists that someone changed are restored', async () => {
  await database.query('create table t (a int primary key, b int)');
  await ensure();
  const major = await majorOf(database);
  await database.query(`alter publication tailrace_1 set (publish = 'insert', publish_via_partition_root = false)`);
  // Filters and column lists came with 15, generated columns with 18.
  if (major >= 15) await database.query('alter publication tailrace_1 set table t (a) where (a > 5)');
  if (major >= 18) await database.query('alter publication tailrace_1 set (publish_generated_columns = none)');
  expect(await ensure()).toEqual({ ...NOTHING, moved: ['public.t'] });
  const facts = await database.query(`select pubupdate, pubdelete, pubtruncate, pubviaroot, to_jsonb(p) ->> 'pubgencols' as generated,
      to_jsonb(r) ->> 'prqual' as filter, to_jsonb(r) ->> 'prattrs' as columns
    from pg_publication p join pg_publication_rel r on r.prpubid = p.oid where pubname = 'tailrace_1'`);
  const options = { pubupdate: true, pubdelete: true, pubtruncate: true, pubviaroot: true };
  expect(facts).toEqual([{ ...options, generated: major >= 18 ? 's' : null, filter: null, columns: null }]);
  expect(await ensure()).toEqual(NOTHING);
});

/**
 * The session, with what it was asked; a statement that `fails` says so is refused before it is
 * sent.
 */
function watched(fails: (sql: string) => boolean = () => false) {
  const queries: string[] = [];
  const query = async <T extends object>(sql: string, params?: readonly unknown[]): Promise<T[]> => {
    queries.push(sql);
    if (fails(sql)) throw new TailraceError('SOURCE_BUSY', 'it is refused');
    return connection.query<T>(sql, params);
  };
  const adding = (): number[] => queries.filter((sql) => sql.startsWith('alter publication')).map((sql) => sql.split('; ').length);
  return { query, adding };
}

test.each(['share row exclusive', 'share', 'exclusive', 'access exclusive'])(
  'a table that is locked in %s mode is not waited for: the holder is named, and no other table is held up',
  async (mode) => {
    await database.query('create table busy (a int primary key); create table free (a int primary key)');
    const [holder] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.query(`begin; lock table busy in ${mode} mode`);
    const session = watched();
    const changes = await ensure(undefined, session);
    await database.query('commit');
    expect(changes).toMatchObject({ added: ['public.free'], failed: [{ table: 'public.busy', error: { code: 'SOURCE_BUSY' } }] });
    expect(changes.failed[0]?.error.message).toContain(`pid ${holder?.pid} (`);
    expect(session.adding()).toEqual([1]);
    expect(await ensure()).toEqual({ ...NOTHING, added: ['public.busy'] });
  },
);

test('very many tables come many at a time, also beside one that is locked, and one by one only beside one that is refused', async () => {
  await database.query(Array.from({ length: 450 }, (_, n) => `create table many_${n} (a int primary key)`).join('; '));
  await database.query('begin; lock table many_300 in share row exclusive mode');
  const session = watched();
  const changes = await ensure(undefined, session);
  await database.query('commit');
  expect(changes.added.length).toBe(449);
  expect(changes.failed).toMatchObject([{ table: 'public.many_300', error: { code: 'SOURCE_BUSY' } }]);
  expect(session.adding()).toEqual([200, 200, 49]);
  await dropPublications(connection, 'tailrace_1');
  const refusing = watched((sql) => sql.startsWith('alter publication') && sql.includes('many_300'));
  expect((await ensure(undefined, refusing)).failed).toMatchObject([{ table: 'public.many_300', error: { code: 'SOURCE_BUSY' } }]);
  expect(refusing.adding().filter((length) => length > 1).length).toBe(3);
  expect(refusing.adding().filter((length) => length === 1).length).toBe(200);
});

test('publications are dropped whether they exist or not, and have another oid when they are created again', async () => {
  await ensure();
  const before = await readPublications(connection, 'tailrace_1');
  await dropPublications(connection, 'tailrace_1');
  await dropPublications(connection, 'tailrace_1');
  expect(await readPublications(connection, 'tailrace_1')).toEqual([]);
  await ensure();
  const after = await readPublications(connection, 'tailrace_1');
  expect(after.map(({ name }) => name)).toEqual(['tailrace_1', 'tailrace_1_append']);
  expect(after.some(({ oid }) => before.some((old) => old.oid === oid))).toBe(false);
});
