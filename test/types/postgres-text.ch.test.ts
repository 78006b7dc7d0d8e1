import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../postgres/session/connect.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { copyToWarehouse } from '../support/warehouse/warehouse-table.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { silentLogger } from '../../core/log.ts';
import { exactText } from '../../docs/postgres-text.ts';

const RANDOM = `select i, ('x' || md5(i::text))::bit(64)::bigint as r from generate_series(1, 4000) i`;
const POWERS = (from: number, to: number): string =>
  `select (n * 10::numeric ^ p)::text::numeric as v from generate_series(1, 99) n, generate_series(${from}, ${to}) p`;
const MOMENTS = (type: string): string => `
  select ${type} '2000-01-01' + (r % 100000000000) / 1000 * interval '1 second' + r % 1000000 * interval '1 microsecond' from (${RANDOM}) r where r > 0
  union all select ${type} '0001-01-01 BC' - i * interval '100 days 01:02:03.4' from generate_series(0, 17000, 7) i
  union all select ${type} '2299-12-31 23:59:59.999999' + i * interval '1 microsecond' from generate_series(-2, 2) i
  union all select ${type} '9999-12-31 23:59:59.99' + i * interval '1 day' from generate_series(0, 100) i
  union all select ${type} '294247-01-10 00:00:00' - i * interval '400 years' from generate_series(0, 700) i`;

/** Queries of one column: many values of a type. */
const VALUES: readonly (readonly [string, string])[] = [
  [
    'float8',
    `select ('x' || substr(md5(i::text), 1, 16))::bit(64)::bigint::float8 from generate_series(1, 4000) i
    union all select v::float8 from (${POWERS(-30, 40)}) p
    union all select -sin(i) * 10::float8 ^ (i % 40 - 20) from generate_series(1, 4000) i
    union all select (2::numeric ^ 53 * n)::float8 from generate_series(1, 1000) n
    union all select 2::float8 ^ p from generate_series(-1000, 1000) p
    union all select x::float8 from unnest('{NaN,Infinity,-Infinity,0,-0,5e-324,1.7976931348623157e308,9007199254740993,1e23,9.5e22}'::text[]) x`,
  ],
  [
    'float4',
    `select v::float4 from (${POWERS(-20, 30)}) p
    union all select (-sin(i) * 10::float8 ^ (i % 40 - 20))::float4 from generate_series(1, 4000) i
    union all select i::float4 from generate_series(16777216, 2147483647, 654321) i
    union all select (2::float8 ^ p)::float4 from generate_series(-126, 127) p
    union all select x::float4 from unnest('{NaN,Infinity,-Infinity,0,-0,1e-45,3.4028235e38,33554432,67108864,8589973000}'::text[]) x`,
  ],
  ['timestamp', MOMENTS('timestamp')],
  ['timestamptz', MOMENTS('timestamptz')],
  [
    'time',
    `select time '00:00' + i * interval '17 seconds 1001 microseconds' from generate_series(0, 4000) i union all select '24:00' union all select '10:00:10.1'`,
  ],
  [
    'money',
    `values ('0'::money), ('-0.01'), ('92233720368547758.07'), ('-92233720368547758.08'), ('1234.5'), ('999'), ('1000'), ('-123456.78')`,
  ],
  [
    'interval',
    `select i * interval '17 days 1 hour 1.000001 seconds' - (i % 9 - 4) * interval '5 mons' from generate_series(-3000, 3000) i
    union all select make_interval(m % 14, m, 0, d, 0, 0, s) from unnest('{0,1,-1,-13,25}'::int[]) m, unnest('{0,1,-1,30}'::int[]) d, unnest('{0,1,-1,0.5,-3600.000001,36000}'::float8[]) s
    union all select x::interval from unnest('{178956970 years 7 mons 2147483647 days 2562047788:00:54.775806,-178956970 years -8 mons -2147483648 days,2562047788:00:54.775807,-2562047788:00:54.775807}'::text[]) x
    union all select case when current_setting('server_version_num')::int >= 170000 then x::interval end from unnest('{infinity,-infinity}'::text[]) x`,
  ],
  [
    'point',
    `select point(i / 7.0, -i * 10.0 ^ (i % 30)) from generate_series(1, 500) i union all select x::point from unnest(array['(NaN,-0)', '(Infinity,-Infinity)', '(1e23,5e-324)']) x`,
  ],
  ['point[]', `values ('{"(1,2)",NULL,"(NaN,-0)"}'::point[]), ('{}')`],
  ['interval[]', `values ('{"1 day",NULL,"-1 mons +2 days"}'::interval[]), ('{}')`],
  ['money[]', `values ('{"$1,234.50",NULL,-1}'::money[])`],
  ['oid', 'values (0::oid), (4294967295)'],
  ['xid', `values ('0'::xid), ('4294967295')`],
  ['cid', `values ('7'::cid)`],
  ['xid8', `values ('0'::xid8), ('18446744073709551615'), ('9223372036854775808'), ('1234567890123456')`],
  ['pg_lsn', `values ('0/0'::pg_lsn), ('FFFFFFFF/FFFFFFFF'), ('16/B374D848'), ('0/A'), ('A0/0')`],
  ['pg_lsn[]', `values ('{0/0,NULL,16/B374D848}'::pg_lsn[])`],
  ['oid[]', `values ('{1,NULL,4294967295}'::oid[])`],
  [
    'hstore',
    String.raw`select hstore(array['k' || i, chr(i), 'null', repeat('x', i % 50)], array[chr(i % 256 + 1), null, 'NULL', '"\=>,' || i]) from generate_series(1, 1000) i union all select x::hstore from unnest('{"","a=>NULL"}'::text[]) x`,
  ],
  ['hstore[]', `values (array['a=>1, b=>NULL'::hstore, '']), (array['a=>1'::hstore, null]), ('{}')`],
  ['citext', `values ('A'::citext), ('a')`],
  ['citext[]', `values ('{A,NULL,"a b"}'::citext[])`],
  ['ltree', `values ('a.b.c'::ltree), ('')`],
  ['bool', 'values (true), (false)'],
  ['int2', 'values (-32768), (0), (32767)'],
  ['int4', 'values (-2147483648), (0)'],
  ['int8', 'values (-9223372036854775808), (9223372036854775807)'],
  [
    'date',
    `select date '0001-01-01' + i * 1000 from generate_series(-100, 3000) i union all select unnest('{infinity,-infinity,0044-03-15 BC}'::date[])`,
  ],
  ['numeric(10,4)', `select v from unnest('{NaN,0,-0.0001,12.5,-999999.9999}'::numeric[]) v`],
  ['numeric(3,5)', 'values (0.00999), (-0.00001)'],
  ['numeric(76,38)', `values ('NaN'::numeric), (1), (repeat('9', 38)::numeric)`],
  ['uuid', `values ('01234567-89ab-cdef-0123-456789abcdef'::uuid)`],
  ['bytea', String.raw`values ('\x'::bytea), ('\x00ff5c27')`],
  ['text', `select chr(i) || 'x' || chr(i) from generate_series(1, 1000) i union all select ''`],
  ['bpchar', `values ('a  '::bpchar), ('')`],
  [
    'text[]',
    String.raw`select array[chr(i), NULL, ' ', chr(i) || 'a'] from generate_series(1, 1000) i union all
    select unnest(array['{}', '{NULL,"NULL","null",""}', '{"a,b","c\\d","q\"","{}"}', '[0:1]={a,b}', '{{a},{b}}'])::text[]`,
  ],
  ['float8[]', `values ('{NaN,Infinity,-0,NULL,1e23,0.1}'::float8[]), ('{}')`],
  ['timestamptz[]', `values ('{infinity}'::timestamptz[]), ('{NULL,"2024-01-01 00:00:00.5+00","0044-03-15 00:00:00+00 BC"}')`],
  ['bytea[]', String.raw`values (array['\x00ff'::bytea, '\x', null])`],
  ['bool[]', `values ('{t,f,NULL}'::bool[])`],
  ['numeric(8,2)[]', `values ('{NaN,1}'::numeric[]), ('{1.5,NULL}')`],
];

let database: TestDatabase;
let source: SqlConnection;
let engine: EmbeddedEngine;
const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-text-'));

beforeAll(async () => {
  database = await createDatabase();
  for (const name of ['hstore', 'citext', 'ltree']) await database.query(`create extension ${name}`);
  source = await connect({ url: database.url });
  engine = await EmbeddedEngine.open({ directory: path.join(folder, 'warehouse'), log: silentLogger() });
});

afterAll(async () => {
  await engine.close();
  await source.close();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test.each(VALUES)('the expression for %s gives the text that Postgres prints', async (type, values) => {
  await database.query(`set timezone = 'UTC'`);
  const table = `public."${type}s"`;
  await database.query(`create table ${table} (id int generated always as identity primary key, v ${type}, t text)`);
  await database.query(`insert into ${table} (v) select v from (${values}) as s(v) union all select null`);
  await database.query(`update ${table} set t = format('%s', v) where num_nulls(v) = 0`);
  const [rows] = await source.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  for (const format of ['auto', 'text'] as const) {
    const { clone, columns } = await copyToWarehouse({ source, engine, folder, format }, table);
    const ours = exactText(columns[1]?.type ?? { kind: 'text' }, 'c2', `'c2'`);
    expect(
      await engine.query(`select c3 as postgres, ${ours} as ours from ${clone} where postgres is distinct from ours limit 10`),
    ).toEqual([]);
    expect(await engine.query(`select toUInt32(count()) as n from ${clone}`)).toEqual([rows]);
  }
});
