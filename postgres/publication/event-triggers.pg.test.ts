import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { createDatabase, majorOf } from '../../test/support/postgres.ts';
import { readTables } from '../catalog/catalog.ts';
import { connect } from '../session/connect.ts';
import type { SqlConnection } from '../session/connect.ts';
import { dropPublications, ensurePublications } from './publication.ts';
import type { PublicationChanges } from './publication.ts';
import { preflight } from '../preflight/preflight.ts';
import { readFilter } from './row-filter.ts';

let database: TestDatabase;
let connection: SqlConnection;

/**
 * What an application has: a log of DDL, in a table that its search_path finds, with a time in its
 * own format.
 */
const LOGGED = `
  create schema audit; create table audit.ddl_log (tag text, at text); create table public.t (id int primary key, v int);
  set search_path = audit, public;
  do $$ begin
    execute format('alter database %I set search_path = audit, public', current_database());
    execute format('alter database %I set DateStyle = %L', current_database(), 'SQL, DMY');
    execute format('alter database %I set extra_float_digits = 0', current_database());
  end $$;
  create function public.log_ddl() returns event_trigger language plpgsql as $$ begin insert into ddl_log values (tg_tag, '2024-02-03'::date::text || ' ' || (0.1::float8 + 0.2::float8)); end $$;
  create event trigger log_ddl on ddl_command_end execute function public.log_ddl()`;

beforeEach(async () => {
  database = await createDatabase();
  await database.query(LOGGED.trim());
  connection = await connect({ url: database.url });
});
afterEach(async () => {
  await connection.close();
  await database[Symbol.asyncDispose]();
});

async function ensure(): Promise<PublicationChanges> {
  const tables = (await readTables(connection, null)).filter(({ name }) => name === 't');
  return ensurePublications(connection, { name: 'tailrace_1', tables });
}

test('an event trigger runs under the settings of role and database, not under ours', async () => {
  expect(await ensure()).toMatchObject({ added: ['public.t'], failed: [] });
  await dropPublications(connection, 'tailrace_1');
  const logged = await database.query<{ tag: string; at: string }>('select tag, at from audit.ddl_log order by tag');
  const tags = logged.map(({ tag }) => tag);
  expect(tags).toEqual(['ALTER PUBLICATION', 'CREATE PUBLICATION', 'CREATE PUBLICATION', 'DROP PUBLICATION']);
  expect(new Set(logged.map(({ at }) => at))).toEqual(new Set(['03/02/2024 0.3']));
  // Ours hold again.
  const [settings] = await connection.query<{ all: string }>(
    `select concat_ws(' ', current_setting('search_path'), current_setting('DateStyle'), 0.1::float8 + 0.2::float8) as all`,
  );
  expect(settings?.all).toMatch(/^pg_catalog ISO, \w+ 0\.30000000000000004$/);
});

test('a filter is read under our settings beside an event trigger that runs under its own', async ({ skip }) => {
  skip((await majorOf(database)) < 15, 'publications have row filters since 15');
  const [table] = (await readTables(connection, null)).filter(({ name }) => name === 't');
  if (table === undefined) throw new Error('no table');
  const filter = await readFilter(connection, table, 'id > 5');
  expect(filter).toEqual({ text: '(id > 5)', columns: ['id'] });
});

test('an event trigger that fails is named with its function and message, by check too', async () => {
  await database.query('alter event trigger log_ddl disable; drop table audit.ddl_log; alter event trigger log_ddl enable');
  await expect(ensure()).rejects.toThrow(
    /^SOURCE_REFUSED: the event trigger log_ddl \(public\.log_ddl\(\)\) failed when tailrace changed its publication: relation "ddl_log" does not exist\. .*ALTER EVENT TRIGGER log_ddl DISABLE\.$/,
  );
  const items = await preflight({ url: database.url }, { tables: null });
  expect(items.find(({ item }) => item === 'event triggers')).toMatchObject({
    verdict: 'fail',
    value: 'log_ddl (ddl_command_end, public.log_ddl())',
    fix: expect.stringContaining('relation "ddl_log" does not exist'),
  });
});

test('check lists event triggers that do not fail, and leaves no trace of running them', async () => {
  const items = await preflight({ url: database.url }, { tables: null });
  expect(items.find(({ item }) => item === 'event triggers')).toEqual({
    item: 'event triggers',
    verdict: 'ok',
    value: 'log_ddl (ddl_command_end, public.log_ddl()): they accept the publications of tailrace',
    fix: null,
  });
  expect(await database.query('select tag from audit.ddl_log')).toEqual([]);
});

test('a login trigger runs under the search_path that it expects', async ({ skip }) => {
  skip((await majorOf(database)) < 17, 'login triggers came with 17');
  await database.query(
    `create table audit.logins (at timestamptz);
     create function public.log_login() returns event_trigger language plpgsql as $$ begin insert into logins values (now()); end $$;
     create event trigger log_login on login execute function public.log_login()`,
  );
  await using second = await connect({ url: database.url });
  expect(await second.query('select count(*)::int as logins from audit.logins')).toEqual([{ logins: 1 }]);
  await using walsender = await connect({ url: database.url }, { role: 'walsender' });
  await walsender.query('IDENTIFY_SYSTEM');
  await database.query('drop event trigger log_login');
});
