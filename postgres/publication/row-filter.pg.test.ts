import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { NO_RULES } from '../../test/support/no-rules.ts';
import { rulesOf } from '../../test/support/narrowed.ts';
import { createDatabase, majorOf, type TestDatabase } from '../../test/support/postgres.ts';
import { readTables } from '../catalog/catalog.ts';
import type { CheckItem } from '../preflight/check-item.ts';
import { connect } from '../session/connect.ts';
import { narrowTable } from '../catalog/narrow.ts';
import { ensurePublications, publishedTables } from './publication.ts';
import { RowFilters } from './row-filters.ts';
import { checkRules, requireRules } from '../preflight/rule-checks.ts';

let database: TestDatabase;
let major: number;
beforeAll(async () => {
  database = await createDatabase();
  major = await majorOf(database);
});
afterAll(async () => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.query('drop schema if exists shop cascade; create schema shop; set search_path = shop');
  await database.query('drop publication if exists tailrace_1, tailrace_1_append');
});

async function check(sections: Parameters<typeof rulesOf>[0]): Promise<CheckItem[]> {
  await using connection = await connect({ url: database.url });
  const all = await readTables(connection, null);
  return await checkRules(connection, { all, chosen: all }, rulesOf(sections));
}

/** Publishes everything under these sections and returns what was changed. */
async function publish(sections: Parameters<typeof rulesOf>[0]) {
  await using connection = await connect({ url: database.url });
  const rules = Object.keys(sections).length === 0 ? NO_RULES : rulesOf(sections);
  const tables = (await readTables(connection, null)).map((table) => narrowTable(table, rules));
  const filtered = await new RowFilters().apply(connection, 'tailrace_1', tables);
  const changes = await ensurePublications(connection, {
    name: 'tailrace_1',
    tables: filtered.filter(({ narrowed }) => (narrowed?.refused ?? null) === null),
  });
  const published = await publishedTables(connection, 'tailrace_1');
  return { changes, published: Object.fromEntries(published.map(({ name, filter }) => [name, filter?.text ?? null])) };
}

test('what the configuration does to a table is listed, and what does not fit it is named with its key', async () => {
  await database.query(`
    create table users (id int primary key, mail text, phone text, pw text);
    create table parts (id int, day date, note text) partition by range (day);
    create table parts_1 partition of parts for values from ('2025-01-01') to ('2026-01-01')`);
  expect(
    await check({ 'shop.users': { exclude: ['pw'], mask: { mail: 'sha256', phone: 'null' } }, 'shop.*': { exclude: ['note'] } }),
  ).toEqual([
    { table: 'shop.parts', item: 'left out', value: 'note', verdict: 'ok', fix: null },
    { table: 'shop.users', item: 'left out', value: 'pw', verdict: 'ok', fix: null },
    { table: 'shop.users', item: 'masked by SHA-256', value: 'mail', verdict: 'ok', fix: null },
    { table: 'shop.users', item: 'masked by NULL', value: 'phone', verdict: 'ok', fix: null },
  ]);
  expect(
    (await check({ 'shop.parts': { history: 'forever' }, 'shop.*': { history: 1000 } })).map(({ value, verdict }) => [value, verdict]),
  ).toEqual([['table.shop.parts.history: the table has no key, and only rows with a key have versions', 'fail']]);
  const failures = async (sections: Parameters<typeof rulesOf>[0]): Promise<(string | null)[][]> =>
    (await check(sections)).filter(({ verdict }) => verdict === 'fail').map(({ value, fix }) => [value, fix]);
  expect(await failures({ 'shop.users': { exclude: ['pasword'] } })).toEqual([
    ['table.shop.users.exclude names "pasword", which the table does not have', 'Its columns are id, mail, phone, pw.'],
  ]);
  expect(await failures({ 'shop.nothing*': {}, 'shop.*': { mask: { zip: 'null' } } })).toEqual([
    ['table.shop.nothing* matches no table of the source', expect.any(String)],
  ]);
  expect(await check({ 'shop.*': { mask: { zip: 'null' } } })).toMatchObject([
    { value: 'table.shop.*.mask names "zip", which no table of it has', verdict: 'warn' },
  ]);
  expect(await failures({ 'shop.users': { mask: { id: 'null' } } })).toEqual([
    ['table.shop.users.mask names "id", which tells its rows apart; use mask sha256, or choose another column', null],
  ]);
  expect(await failures({ 'shop.parts': { mask: { day: 'sha256' } } })).toEqual([
    ['table.shop.parts.mask names "day", which is in the partition key; only other columns can be left out or masked', null],
  ]);
  expect(await failures({ 'shop.users': { mask: { id: 'sha256' } } })).toEqual([]);
});

test('a filter that the server does not take is an error with its key, its text and what the server says', async () => {
  await database.query('create table users (id int primary key, tenant int)');
  const refusals: [string, RegExp][] =
    major < 15
      ? [['id = 7', /"id = 7": row filters need Postgres 15 or later/]]
      : [
          ['tenat = 7', /table\.shop\.users\.where is "tenat = 7": column "tenat" does not exist/],
          ['id = 7) or (id = 8', /syntax error/],
          ['id > random()', /invalid publication WHERE expression/],
          ['id', /must be type boolean/],
          ['id in (select 1)', /invalid publication WHERE|cannot use subquery/],
        ];
  for (const [where, message] of refusals) {
    const items = await check({ 'shop.users': { where } });
    expect(items).toMatchObject([{ verdict: 'fail', value: expect.stringMatching(message) }]);
    expect(() => requireRules(items)).toThrow(/^BAD_CONFIG: shop\.users: table\.shop\.users\.where is/);
  }
  expect(await database.query(`select pubname from pg_publication where pubname like 'tailrace_probe%'`)).toEqual([]);
});

test('a filter that would make the application fail is refused before anything is published, and the SQL in the error fixes it', async ({
  skip,
}) => {
  skip(major < 15, 'row filters need Postgres 15');
  await database.query(`
    create table users (id int primary key, tenant int); insert into users values (1, 7);
    create table keyless (a int, tenant int); insert into keyless values (1, 7);
    create table parts (id int, day date, tenant int, primary key (id, day)) partition by range (day);
    create table parts_1 partition of parts for values from ('2025-01-01') to ('2026-01-01');
    alter table parts replica identity full; insert into parts values (1, '2025-01-01', 7)`);
  const sections = { 'shop.*': { where: 'tenant = 7' } };
  const items = await check(sections);
  expect(items.map(({ table, verdict, fix }) => [table, verdict, fix])).toEqual([
    ['shop.keyless', 'ok', null],
    ['shop.parts', 'ok', null],
    ['shop.users', 'fail', 'ALTER TABLE shop.users REPLICA IDENTITY FULL;'],
  ]);
  expect(await publish(sections)).toMatchObject({ published: { keyless: '(tenant = 7)', parts: '(tenant = 7)' } });
  await database.query('update users set tenant = 8; update keyless set tenant = 8; update parts set tenant = 8; delete from parts');
  await database.query(items.find(({ fix }) => fix !== null)?.fix ?? '');
  expect(await publish(sections)).toMatchObject({ changes: { added: ['shop.users'] }, published: { users: '(tenant = 7)' } });
  await database.query('update users set tenant = 7; delete from users');
});

test('a filter stays as it is, is put right when somebody changed it, and goes with its section', async ({ skip }) => {
  skip(major < 15, 'row filters need Postgres 15');
  await database.query('create table users (id int primary key, name text); create table plain (id int primary key)');
  const sections = { 'shop.users': { where: `id > 5 and name <> 'O''Hara' -- not him` } };
  // The key alone must do: name is no part of it.
  expect((await check(sections)).map(({ verdict }) => verdict)).toEqual(['fail']);
  await database.query('alter table users replica identity full');
  const right = `((id > 5) AND (name <> 'O''Hara'::text))`;
  expect(await publish(sections)).toMatchObject({
    changes: { added: ['shop.plain', 'shop.users'] },
    published: { users: right, plain: null },
  });
  expect((await publish(sections)).changes).toEqual({ added: [], removed: [], moved: [], failed: [] });
  await expect(database.query('alter table users drop column name')).rejects.toThrow(/depend/);
  await expect(database.query('alter table users alter column name type varchar(9)')).rejects.toThrow(/publication/);
  await database.query('alter publication tailrace_1 set table only shop.users where (id > 6), only shop.plain where (id > 1)');
  expect(await publish(sections)).toMatchObject({
    changes: { moved: ['shop.plain', 'shop.users'] },
    published: { users: right, plain: null },
  });
  await database.query('alter publication tailrace_1 set table only shop.users, only shop.plain');
  expect(await publish(sections)).toMatchObject({ changes: { moved: ['shop.users'] }, published: { users: right } });
  expect(await publish({})).toMatchObject({ changes: { moved: ['shop.users'] }, published: { users: null } });
});

test('a section that fits an unlogged table is no error, and its filter comes with its changes once it is logged', async ({ skip }) => {
  skip(major < 15, 'row filters need Postgres 15');
  await database.query('create unlogged table users (id int primary key, tenant int)');
  const sections = { 'shop.*': { where: 'id = 7' } };
  expect((await check(sections)).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  expect(await publish(sections)).toMatchObject({ published: {} });
  await database.query('alter table users set logged');
  expect(await publish(sections)).toMatchObject({ published: { users: '(id = 7)' } });
});
