import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import { createDatabase, majorOf, type TestDatabase } from '../../test/support/postgres.ts';
import { type CatalogTable, readTables, toTableSchema } from './catalog.ts';
import { connect, type SqlConnection } from '../session/connect.ts';

let database: TestDatabase;
let connection: SqlConnection;
let major: number;
beforeAll(async () => {
  database = await createDatabase();
  connection = await connect({ url: database.url });
  major = await majorOf(database);
});
afterAll(async () => {
  await connection.close();
  await database[Symbol.asyncDispose]();
});

/** Runs the statements in a schema of their own and reads what came of them. */
async function tablesOf(schema: string, statements: string): Promise<CatalogTable[]> {
  await database.query(`create schema ${schema}; set search_path = ${schema}; ${statements}`);
  return (await readTables(connection, null)).filter((table) => table.schema === schema);
}

test('every type is mapped as documented, domains by their base, arrays by their elements', async () => {
  // Scales below zero and above the precision came with 15.
  const [h, i] = major >= 15 ? ['numeric(5,-2)', 'numeric(2,5)'] : ['numeric(7)', 'numeric(5,5)'];
  const [table] = await tablesOf(
    'kinds',
    `create domain money2 as numeric(12,2); create domain vip as money2; create domain tags as text[]; create type mood as enum ('a', 'b'); create type pair as (a int, b int);
     create table t (a bool, b int2, c int4, d int8, e float4, f float8, g numeric(10,2), h ${h}, i ${i}, j numeric, k numeric(100,2), l date, m timestamp(3),
       n timestamptz, o time, p uuid, q bytea, r text, s varchar(9), t char(3), u json, v jsonb, w mood, x int[], y vip, z vip[], aa mood[], ab tags, ac interval, ad inet[],
       ae box[], af pair, ag int2vector, ah numeric(6,3)[], ai int4range, aj oid, ak timetz, al "char", am name[])`,
  );
  expect(table?.columns.map(({ name, type }) => `${name} ${shown(type)}`).join(', ')).toBe(
    'a bool, b int2, c int4, d int8, e float4, f float8, g numeric(10,2), h numeric(7,0), i numeric(5,5), j numeric(76,38)…, k numeric(76,2)…, l date, m timestamp, ' +
      'n timestamptz, o time, p uuid, q bytea, r text, s text, t text, u text, v text, w enum, x int4[], y numeric(12,2), z numeric(12,2)[], aa enum[], ' +
      'ab text[], ac interval, ad text[], ae text, af text, ag text, ah numeric(6,3)[], ai text, aj uint32, ak text, al text, am text[]',
  );
});

function shown(type: ColumnType): string {
  if (type.kind === 'array') return `${shown(type.element)}[]`;
  if (type.kind !== 'numeric') return type.kind;
  return `numeric(${type.precision},${type.scale})${type.unbounded === true ? '…' : ''}`;
}

test('a column is NOT NULL by a constraint of its table that was validated', async () => {
  const tables = await tablesOf(
    'nulls',
    `create domain sure as int not null;
     create table t (id int primary key, a int not null, b int, c sure);
     create table p (id int not null, v int) partition by range (id);
     create table p1 partition of p for values from (0) to (9);
     ${major >= 18 ? 'alter table t add constraint b_sure not null b not valid; alter table p add constraint v_sure not null v not valid;' : ''}`,
  );
  const notNull = tables.map(({ columns }) => columns.filter((column) => column.notNull).map(({ name }) => name));
  expect(notNull).toEqual([['id'], ['id', 'a']]);
  const [, t] = tables;
  expect(t === undefined ? [] : toTableSchema(t, 1).columns.map((column) => column.notNull)).toEqual([
    undefined,
    true,
    undefined,
    undefined,
  ]);
});

test('an identity index whose NOT NULL is NOT VALID is no key: it may have several NULLs', async () => {
  // Before 18 there is no such constraint.
  const later = major >= 18 ? 'alter table t add constraint k_sure not null k not valid' : 'alter table t alter k set not null';
  const tables = await tablesOf(
    'unsure',
    `create table t (k int, v text); ${major >= 18 ? 'insert into t values (null, 1), (null, 2);' : ''} ${later};
     create unique index t_k on t (k); alter table t replica identity using index t_k`,
  );
  expect(tables.map(({ chosen }) => chosen.identity)).toEqual([major >= 18 ? 'append' : 'key']);
});

test('the identity is the identity index, else a primary key that is immediate, else FULL, else none', async () => {
  const tables = await tablesOf(
    'idents',
    `create table a_pk (x int, b int, a int, primary key (b, a) include (x));
     create table b_none (a int);
     create table c_full (a int); alter table c_full replica identity full;
     create table d_full_pk (a int primary key); alter table d_full_pk replica identity full;
     create table e_deferrable (a int primary key deferrable);
     create table f_index (a int primary key, b int not null); create unique index f_b on f_index (b); alter table f_index replica identity using index f_b;
     create table g_nothing (a int primary key); alter table g_nothing replica identity nothing;
     create table h_dropped (a int primary key, b int not null); create unique index h_b on h_dropped (b); alter table h_dropped replica identity using index h_b; drop index h_b;`,
  );
  expect(tables.map(({ name, chosen }) => [name, chosen.identity, chosen.key, chosen.reason])).toEqual([
    ['a_pk', 'key', [2, 3], 'primary key'],
    ['b_none', 'append', [], 'no primary key'],
    ['c_full', 'full', [], 'REPLICA IDENTITY FULL without a primary key'],
    ['d_full_pk', 'key', [1], 'primary key'],
    ['e_deferrable', 'append', [], 'the primary key is deferrable'],
    ['f_index', 'key', [2], 'identity index'],
    ['g_nothing', 'append', [], 'REPLICA IDENTITY NOTHING'],
    ['h_dropped', 'append', [], 'the identity index was dropped, or its NOT NULL is NOT VALID'],
  ]);
});

test('partitions of any depth belong to their root, and one with another identity makes the root append-only', async () => {
  const tables = await tablesOf(
    'parts',
    `create table good (k int, v text, primary key (k)) partition by range (k);
     create table good_low partition of good for values from (0) to (10);
     create table good_high partition of good for values from (10) to (99) partition by range (k);
     create table good_high_1 partition of good_high for values from (10) to (50);
     create table bad (k int primary key, v text) partition by range (k);
     create table bad_low partition of bad for values from (0) to (10); alter table bad_low replica identity nothing;
     create table half (k int) partition by range (k); alter table half replica identity full;
     create table half_low partition of half for values from (0) to (10);
     create table parent (a int primary key); create table child () inherits (parent);`,
  );
  expect(tables.map(({ name, chosen, partitions }) => [name, chosen.identity, chosen.reason, partitions.map((leaf) => leaf.name)])).toEqual(
    [
      ['bad', 'append', 'partition parts.bad_low has a different replica identity', ['bad_low']],
      ['child', 'append', 'no primary key', []],
      ['good', 'key', 'primary key', ['good_low', 'good_high_1']],
      ['half', 'append', 'partition parts.half_low is not REPLICA IDENTITY FULL', ['half_low']],
      ['parent', 'key', 'primary key', []],
    ],
  );
  expect(tables.find(({ name }) => name === 'good')?.partitions.every(({ filenode }) => filenode > 0)).toBe(true);
});

test('a schema has attnums as ids, values of rows older than a column, readable fields, and no column that is not sent', async () => {
  // Generated columns are sent since 18, which also brought virtual ones: those are never sent.
  const storage = major >= 18 ? 'virtual' : 'stored';
  const tables = await tablesOf(
    'shapes',
    `create table t (gone int, id int, "a.b" text, c3 int, "_tr_op" int, "Mixed Case" int, "_row_exists" int, doubled int generated always as (id * 2) stored,
       nowhere int generated always as (id * 3) ${storage}, tags int[], primary key (tags, id));
     alter table t drop gone;
     alter table t add added int default 7, add words text default 'a "b" {c}', add lists int[] default '{1,2}', add corner box default '(1,1),(0,0)', add empty text default '',
       add nothing text, add moment timestamptz default '2024-01-01 05:00+05';`,
  );
  const schema = tables[0] === undefined ? undefined : toTableSchema(tables[0], 3);
  expect(schema).toMatchObject({ tableId: `${tables[0]?.oid}_3`, epoch: 3, identity: 'key', key: [10, 2], explained: true });
  expect(schema?.columns.map(({ id, field, missing }) => [id, field, missing])).toEqual([
    [2, 'id', null],
    [3, 'c3', null],
    [4, 'c4', null],
    [5, 'c5', null],
    [6, 'Mixed Case', null],
    [7, 'c7', null],
    ...(major >= 18 ? [[8, 'doubled', null]] : []),
    [10, 'tags', null],
    [11, 'added', '7'],
    [12, 'words', 'a "b" {c}'],
    [13, 'lists', '{1,2}'],
    [14, 'corner', '(1,1),(0,0)'],
    [15, 'empty', ''],
    [16, 'nothing', null],
    [17, 'moment', '2024-01-01 00:00:00+00'],
  ]);
  expect(schema?.columns.find(({ field }) => field === 'tags')?.type).toEqual({ kind: 'text' });
  expect(tables[0]?.columns.find(({ name }) => name === 'nowhere')).toMatchObject({ generated: storage[0], replicated: false });
});

test('tables are read by oid, system tables are left out, and no lock is waited for', async () => {
  const [table] = await tablesOf('locked', 'create table t (a int primary key)');
  await database.query('begin');
  await database.query('lock table locked.t in access exclusive mode');
  expect((await readTables(connection, [table?.oid ?? 0])).map(({ name }) => name)).toEqual(['t']);
  await database.query('commit');
  expect((await readTables(connection, null)).some(({ schema }) => schema.startsWith('pg_') || schema === 'information_schema')).toBe(
    false,
  );
  expect(await readTables(connection, [1259])).toEqual([]);
});

test('inside an imported snapshot a table is as it was then', async () => {
  const [table] = await tablesOf('rewritten', 'create table t (a int primary key)');
  const oids = [table?.oid ?? 0];
  await connection.query('begin isolation level repeatable read');
  await connection.query('select 1');
  await database.query('alter table rewritten.t alter a type int8');
  const [before] = await readTables(connection, oids);
  await connection.query('commit');
  const [after] = await readTables(connection, oids);
  expect(before?.filenode).toBe(table?.filenode);
  expect(after?.filenode).not.toBe(table?.filenode);
  expect([before?.columns[0]?.type, after?.columns[0]?.type]).toEqual([{ kind: 'int4' }, { kind: 'int8' }]);
});
