import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, majorOf, type TestDatabase } from '../../test/support/postgres.ts';
import { connect, type SqlConnection } from '../session/connect.ts';
import { type Purpose, readObstacles } from './obstacle.ts';
import { readSourceTables } from './source-tables.ts';

let database: TestDatabase;
/** A session of the role that replicates. */
let connection: SqlConnection;
let role: string;
let owner: string;

beforeEach(async () => {
  database = await createDatabase();
  role = `replica_${database.name}`;
  owner = `app_${database.name}`;
  await database.query(`create role ${role} login; create role ${owner}; grant create on database ${database.name} to ${role}`);
  const url = new URL(database.url);
  url.username = role;
  connection = await connect({ url: url.href });
});
afterEach(async () => {
  await connection.close();
  await database.query(`drop owned by ${role}, ${owner} cascade; drop role ${role}; drop role ${owner}`).catch(() => undefined);
  await database[Symbol.asyncDispose]();
});

/** What stands in the way of each table, by name; what fixes it is run first when `fixed`. */
async function obstacles(purpose: Purpose, session: SqlConnection = connection): Promise<Record<string, string>> {
  const tables = await readSourceTables(session, 'tailrace_1');
  const found = await readObstacles(
    session,
    tables.map(({ oid }) => oid),
    { purpose, publication: 'tailrace_1', role: 'own' },
  );
  return Object.fromEntries(tables.flatMap(({ oid, name }) => (found.has(oid) ? [[name, found.get(oid)?.error.message ?? '']] : [])));
}

/** Runs what each message ends with, as a superuser. */
async function fix(messages: Record<string, string>): Promise<void> {
  for (const message of Object.values(messages)) await database.query(/(?:ALTER|GRANT) .*$/.exec(message)?.[0] ?? message);
}

const TROUBLE = [
  ['of another role', (_: string, app: string) => `create table t (id int primary key); alter table t owner to ${app}`, 'GRANT app TO us;'],
  ['of a superuser', () => 'create table t (id int primary key)', 'ALTER TABLE public.t OWNER TO us;'],
  [
    'of a role whose rights ours does not inherit',
    (us: string, app: string) =>
      `alter role ${us} noinherit; grant ${app} to ${us}; create table t (id int primary key); alter table t owner to ${app}`,
    null,
  ],
  [
    'in a schema that is closed to us and open to its owner',
    (_: string, app: string) =>
      `create schema s authorization ${app}; create table s.t (id int primary key); alter table s.t owner to ${app}`,
    'GRANT app TO us;',
  ],
  [
    'of a superuser in a schema that is closed to us',
    () => 'create schema s; create table s.t (id int primary key)',
    'ALTER TABLE s.t OWNER TO us; GRANT USAGE ON SCHEMA s TO us;',
  ],
  [
    'of ours in a schema that is closed to us',
    (us: string) =>
      `create schema s; create table s.t (id int primary key); alter table s.t owner to ${us}; revoke all on schema s from ${us}`,
    'GRANT USAGE ON SCHEMA s TO us;',
  ],
  [
    'without changes in the WAL',
    (us: string) => `create unlogged table t (id int primary key); alter table t owner to ${us}`,
    'ALTER TABLE public.t SET LOGGED;',
  ],
] as const;

test.each(TROUBLE)('a table %s cannot be published, and the statement at the end of its error fixes it', async (_what, setup, said) => {
  await database.query(setup(role, owner));
  await connection.query('create publication tailrace_1');
  const found = await obstacles('publish');
  expect(Object.keys(found)).toEqual(['t']);
  const inherits = (await majorOf(database)) >= 16 ? 'GRANT app TO us WITH INHERIT TRUE;' : 'ALTER ROLE us INHERIT;';
  expect(found['t']?.replaceAll(role, 'us').replaceAll(owner, 'app')).toMatch(/^TABLE_UNPUBLISHED: /);
  expect(
    found['t']
      ?.replaceAll(role, 'us')
      .replaceAll(owner, 'app')
      .endsWith(`. ${said ?? inherits}`),
  ).toBe(true);
  await fix(found);
  expect(await obstacles('publish')).toEqual({});
  const [table] = await readSourceTables(connection, 'tailrace_1');
  await connection.query(`alter publication tailrace_1 add table ${table?.schema}.t`);
  expect(await readSourceTables(connection, 'tailrace_1')).toMatchObject([{ published: true, appendOnly: false }]);
});

test('a table that may not be read, or whose rows are partly hidden, cannot be copied, and the statement at the end of its error fixes it', async () => {
  await database.query(`create table closed (id int primary key); create table hidden (id int primary key); alter table hidden enable row level security;
    grant select on hidden to ${role}; create schema s; create table parts (id int primary key) partition by range (id); grant select on parts to ${role};
    create table s.part partition of parts for values from (0) to (9)`);
  const found = await obstacles('copy');
  expect(found).toEqual({
    closed: `TABLE_UNPUBLISHED: public.closed cannot be copied: ${role} may not read it. GRANT SELECT ON public.closed TO ${role};`,
    hidden: `TABLE_UNPUBLISHED: public.hidden cannot be copied: row level security hides rows from ${role}. ALTER ROLE ${role} BYPASSRLS;`,
    parts: `TABLE_UNPUBLISHED: public.parts cannot be copied: ${role} may not read it. GRANT USAGE ON SCHEMA s TO ${role}; GRANT SELECT ON s.part TO ${role};`,
  });
  await fix(found);
  expect(await obstacles('copy')).toEqual({});
  await connection.query('select from public.closed union all select from public.hidden union all select from s.part');
});

test('a lock blocks only conflicting work, and its holder is named', async () => {
  await database.query(
    'create table t (id int primary key); create table parts (id int primary key) partition by range (id); create table part partition of parts default',
  );
  await using superuser = await connect({ url: database.url });
  const [holder] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  for (const [mode, publish, copy] of [
    ['row exclusive', [], []],
    ['share update exclusive', [], []],
    ['share', ['t'], []],
    ['exclusive', ['t'], []],
    ['access exclusive', ['t'], ['parts', 't']],
  ] as const) {
    await database.query(`begin; lock table t, part in ${mode} mode`);
    const waiting = { publish: await obstacles('publish', superuser), copy: await obstacles('copy', superuser) };
    await database.query('commit');
    // A lock that a superuser sees is not an autovacuum's, which would be cancelled.
    expect(Object.keys(waiting.publish)).toEqual(mode === 'share update exclusive' ? ['t'] : publish);
    expect(Object.keys(waiting.copy)).toEqual(copy);
    for (const message of [...Object.values(waiting.publish), ...Object.values(waiting.copy)])
      expect(message).toMatch(
        new RegExp(`^SOURCE_BUSY: public\\.\\w+ waits for a lock that pid ${holder?.pid} \\(.*, open since \\d.* UTC\\) holds\\.`),
      );
  }
});

test('a look by any role checks the privileges of the role that owns the publications', async () => {
  await database.query(`create table t (id int primary key); create table ours (id int primary key); alter table ours owner to ${role}`);
  await connection.query('create publication tailrace_1');
  await using superuser = await connect({ url: database.url });
  const [ours, t] = await readSourceTables(superuser, 'tailrace_1');
  const oids = [ours?.oid ?? 0, t?.oid ?? 0];
  const asked = { purpose: 'publish', publication: 'tailrace_1' } as const;
  expect([...(await readObstacles(superuser, oids, { ...asked, role: 'own' })).keys()]).toEqual([]);
  expect([...(await readObstacles(superuser, oids, { ...asked, role: 'publisher' })).keys()]).toEqual([t?.oid]);
});

test('leaves that no publication sends are reported with their root, at any depth', async () => {
  await database.query(`create table parts (id int primary key) partition by range (id); create table half partition of parts for values from (0) to (10) partition by range (id);
    create table logged partition of parts for values from (10) to (20); create unlogged table deep partition of half for values from (0) to (5);
    create extension if not exists postgres_fdw; create server elsewhere foreign data wrapper postgres_fdw;
    create foreign table away (id int not null) server elsewhere; create table plain (id int primary key); create unlogged table quick (id int)`);
  await database.query(
    'create table others (id int) partition by range (id); alter table others attach partition away for values from (0) to (9)',
  );
  const tables = await readSourceTables(connection, 'tailrace_1');
  expect(tables.map(({ name, unsentLeaves }) => [name, unsentLeaves])).toEqual([
    ['others', [{ schema: 'public', name: 'away', kind: 'foreign' }]],
    ['parts', [{ schema: 'public', name: 'deep', kind: 'unlogged' }]],
    ['plain', []],
    ['quick', []],
  ]);
});
