import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnType, ScalarType } from '../core/column-type.ts';
import { silentLogger } from '../core/log.ts';
import { connect } from '../postgres/session/connect.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { chosenVersion } from '../test/support/postgres-version.ts';
import { createDatabase } from '../test/support/postgres.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { TEXT_ARRAYS } from '../test/planted/text-arrays.ts';
import { copyToWarehouse } from '../test/support/warehouse/warehouse-table.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';
import { compareBy } from './comparison.ts';
import type { ComparedColumn } from './comparison.ts';
import { sourceText } from './canonical-source.ts';
import { warehouseText } from './canonical-warehouse.ts';

const scalar = (kind: Exclude<ScalarType['kind'], 'numeric'>): ScalarType => ({ kind });
const array = (element: ScalarType): ColumnType => ({ kind: 'array', element });
const numeric = (precision: number, scale: number): ScalarType => ({ kind: 'numeric', precision, scale });
const unbounded = (scale: number): ScalarType => ({ kind: 'numeric', precision: 76, scale, unbounded: true });
/** A scale below zero or above the precision came with 15. */
const since15 = <T>(...cases: T[]): T[] => (chosenVersion() >= 15 ? cases : []);

const TIMES = [
  'infinity',
  '-infinity',
  '4713-01-01 00:00:00 BC',
  '0001-12-31 23:59:59.999999 BC',
  '1899-12-31 23:59:59.999999',
  '1969-12-31 23:59:59.999999',
  '1970-01-01',
  '2024-02-29 12:34:56.789012',
  '9999-12-31 23:59:59.999999',
  '294247-01-10 00:00:00',
  '294247-01-10 00:00:00.000001',
  '294276-12-31 23:59:59.999999',
];
const DATES = [
  'infinity',
  '-infinity',
  '4713-01-01 BC',
  '1899-12-31',
  '1900-01-01',
  '1970-01-01',
  '2299-12-31',
  '2300-01-01',
  '5874897-12-31',
];
const FLOATS = ['NaN', 'Infinity', '-Infinity', '0', '-0', '1.5', '-3.4028235e38', '1e-45', '0.1'];
const TEXTS = [
  '',
  ' ',
  'a',
  'NULL',
  'é€😀',
  'tab\tnewline\ncarriage\rbackslash\\quote\'"',
  '\u202Ebidi',
  '\u0001\u001f\u007f',
  'x'.repeat(5000),
];

/** Every mapped type with the values at its edges; `type` is what the codec makes of it. */
const CASES: { pg: string; type: ColumnType; values: readonly string[]; setup?: string }[] = [
  { pg: 'bool', type: scalar('bool'), values: ['t', 'f'] },
  { pg: 'int2', type: scalar('int2'), values: ['-32768', '0', '32767'] },
  { pg: 'int4', type: scalar('int4'), values: ['-2147483648', '0', '2147483647'] },
  { pg: 'int8', type: scalar('int8'), values: ['-9223372036854775808', '0', '9223372036854775807'] },
  { pg: 'float4', type: scalar('float4'), values: FLOATS },
  { pg: 'float8', type: scalar('float8'), values: [...FLOATS, '1.7976931348623157e308', '5e-324', '0.30000000000000004'] },
  { pg: 'numeric(10,4)', type: numeric(10, 4), values: ['NaN', '0', '-0.0001', '12.5', '-999999.9999', '999999.9999'] },
  { pg: 'numeric(76,38)', type: numeric(76, 38), values: ['NaN', `-${'9'.repeat(38)}.${'9'.repeat(38)}`, `0.${'0'.repeat(37)}1`, '1'] },
  { pg: 'numeric(5,0)', type: numeric(5, 0), values: ['0', '-99999', '99999'] },
  {
    pg: 'numeric',
    type: unbounded(38),
    values: [
      'NaN',
      'Infinity',
      '-Infinity',
      '0',
      '12.50',
      '-0.00100',
      `1${'0'.repeat(200)}.5`,
      `-${'9'.repeat(38)}.${'9'.repeat(38)}`,
      `1${'0'.repeat(38)}`,
      `-1${'0'.repeat(38)}.00`,
      `0.${'0'.repeat(37)}1`,
      `0.${'0'.repeat(38)}50`,
    ],
  },
  { pg: 'numeric(100,2)', type: unbounded(2), values: ['NaN', '0.00', `${'9'.repeat(98)}.99`, `${'9'.repeat(74)}.10`, '-1.50'] },
  ...since15(
    { pg: 'numeric(2,100)', type: unbounded(76), values: ['NaN', '0', `0.${'0'.repeat(98)}12`, `-0.${'0'.repeat(98)}99`] },
    { pg: 'numeric(3,-90)', type: unbounded(0), values: ['NaN', '0', `1${'0'.repeat(90)}`, `-999${'0'.repeat(90)}`] },
  ),
  { pg: 'date', type: scalar('date'), values: DATES },
  { pg: 'timestamp', type: scalar('timestamp'), values: TIMES },
  {
    pg: 'timestamptz',
    type: scalar('timestamptz'),
    values: TIMES.map((time) => (time.includes('infinity') ? time : time.replace(/( BC)?$/, '+00$1'))),
  },
  { pg: 'time', type: scalar('time'), values: ['00:00', '12:34:56.789012', '23:59:59.999999', '24:00'] },
  { pg: 'uuid', type: scalar('uuid'), values: ['00000000-0000-0000-0000-000000000000', '01234567-89ab-cdef-0123-456789abcdef'] },
  { pg: 'bytea', type: scalar('bytea'), values: ['\\x', '\\x00', '\\xff00fe0a5c'] },
  { pg: 'text', type: scalar('text'), values: TEXTS },
  { pg: 'varchar(5000)', type: scalar('text'), values: TEXTS },
  { pg: 'char(4)', type: scalar('text'), values: ['', 'a', 'abcd', 'é'] },
  { pg: 'json', type: scalar('text'), values: ['{"b":1, "a":1,"a":2}', 'null', '[1.00]', '"\\u0041"'] },
  { pg: 'jsonb', type: scalar('text'), values: ['{"b":1, "a":1}', 'null', '[1.00, 1e400]'] },
  { pg: 'mood', type: scalar('enum'), values: ['so so', 'ok', 'été'], setup: `CREATE TYPE mood AS ENUM ('so so', 'ok', 'été')` },
  { pg: 'inet', type: scalar('text'), values: ['1.2.3.4', '1.2.3.0/24', '::1'] },
  { pg: '"char"', type: scalar('text'), values: ['a', '\\351'] },
  { pg: 'name', type: scalar('text'), values: ['', 'pg_catalog'] },
  { pg: 'interval', type: scalar('interval'), values: ['0', '1 mon', '30 days', '720:00:00', '-1 year 2 days -00:00:00.000001'] },
  { pg: 'money', type: scalar('money'), values: ['0', '-1234567.89', '92233720368547758.07'] },
  { pg: 'oid', type: scalar('uint32'), values: ['0', '4294967295'] },
  { pg: 'xid', type: scalar('uint32'), values: ['0', '4294967295'] },
  { pg: 'xid8', type: scalar('uint64'), values: ['0', '18446744073709551615'] },
  { pg: 'pg_lsn', type: scalar('lsn'), values: ['0/0', 'FFFFFFFF/FFFFFFFF'] },
  { pg: 'point', type: scalar('point'), values: ['(0,0)', '(-0,0)', '(0,-0)', '(NaN,Infinity)', '(1e23,5e-324)'] },
  { pg: 'timetz', type: scalar('text'), values: ['24:00:00+14', '00:00:00-15:59:59', '12:00:00.000001+00'] },
  {
    pg: 'public.hstore',
    type: scalar('map'),
    values: ['', 'a=>1', 'a=>NULL', 'a=>"NULL"', '"a,b"=>"=>", "\\""=>"\\\\"', '""=>""'],
    setup: 'CREATE EXTENSION hstore SCHEMA public',
  },
  { pg: 'public.hstore[]', type: array(scalar('map')), values: ['{}', '{a=>1,NULL}', '{a=>1,""}'] },
  { pg: 'bit(3)', type: scalar('text'), values: ['000', '101'] },
  { pg: 'int4range', type: scalar('text'), values: ['empty', '[1,3)', '(,)'] },
  { pg: 'pair', type: scalar('text'), values: ['(,)', '(1,"x, ""y""")'], setup: 'CREATE TYPE pair AS (a int, b text)' },
  { pg: 'interval[]', type: array(scalar('interval')), values: ['{}', '{NULL}', '{1 day,NULL,24:00:00}'] },
  { pg: 'money[]', type: array(scalar('money')), values: ['{}', '{NULL,$1.00}'] },
  { pg: 'point[]', type: array(scalar('point')), values: ['{}', '{NULL}', '{"(1,2)",NULL,"(NaN,-0)"}', '{{"(1,2)"}}'] },
  { pg: 'pg_lsn[]', type: array(scalar('lsn')), values: ['{NULL,16/B374D848}'] },
  { pg: 'oid[]', type: array(scalar('uint32')), values: ['{NULL,1}'] },
  {
    pg: 'int4[]',
    type: array(scalar('int4')),
    values: [
      '{}',
      '{1,NULL,3}',
      '{NULL}',
      '{NULL,NULL}',
      '{1,3}',
      '{13}',
      '{-1}',
      '[0:1]={1,2}',
      '[2:3]={1,3}',
      '{{1,NULL},{3,4}}',
      '{{1,3}}',
    ],
  },
  { pg: 'text[]', type: array(scalar('text')), values: TEXT_ARRAYS },
  { pg: 'varchar(8)[]', type: array(scalar('text')), values: TEXT_ARRAYS },
  { pg: 'bpchar[]', type: array(scalar('text')), values: ['{}', '{"a  ",b}'] },
  {
    pg: 'timestamp[]',
    type: array(scalar('timestamp')),
    values: ['{}', '{infinity,2024-01-01}', '{2024-01-01 00:00:00.000001,NULL}', '{294276-01-01}'],
  },
  { pg: 'timestamptz[]', type: array(scalar('timestamptz')), values: ['{}', '{-infinity}', '{2024-01-01 00:00:00.000001+00}'] },
  { pg: 'date[]', type: array(scalar('date')), values: ['{}', '{1800-01-01}', '{1900-01-01,NULL}'] },
  { pg: 'time[]', type: array(scalar('time')), values: ['{24:00,NULL}'] },
  { pg: 'numeric(8,2)[]', type: array(numeric(8, 2)), values: ['{}', '{NaN}', '{1.5,NULL,-0.01}'] },
  {
    pg: 'numeric[]',
    type: array(unbounded(38)),
    values: ['{1.50,NaN,NULL}', '{}', '{1.50,NULL}', '{1,Infinity}', '{{1.0}}', '{1e50}', '{1e-50}'],
  },
  { pg: 'open_amount', type: unbounded(38), values: ['NaN', '1.10', '1e60'], setup: 'CREATE DOMAIN open_amount AS numeric' },
  { pg: 'float8[]', type: array(scalar('float8')), values: ['{NaN,Infinity,-0,0,NULL,0.1}'] },
  { pg: 'float4[]', type: array(scalar('float4')), values: ['{NaN,0.1}'] },
  { pg: 'bool[]', type: array(scalar('bool')), values: ['{t,f,NULL}'] },
  { pg: 'int8[]', type: array(scalar('int8')), values: ['{-9223372036854775808,9223372036854775807}'] },
  { pg: 'int2[]', type: array(scalar('int2')), values: ['{-32768}'] },
  {
    pg: 'uuid[]',
    type: array(scalar('uuid')),
    values: ['{}', '{NULL}', '{01234567-89ab-cdef-0123-456789abcdef,NULL}', '{{01234567-89ab-cdef-0123-456789abcdef}}'],
  },
  { pg: 'bytea[]', type: array(scalar('bytea')), values: [String.raw`{"\\x00ff",NULL,"\\x"}`] },
  { pg: 'jsonb[]', type: array(scalar('text')), values: [String.raw`{"{\"a\": 1}",NULL}`] },
  {
    pg: 'couple[]',
    type: array(scalar('text')),
    values: ['{}', String.raw`{"(1,x)",NULL,"(,)"}`, String.raw`{"(2,\"y, z\")"}`],
    setup: 'CREATE TYPE couple AS (a int, b text)',
  },
  { pg: 'nothing[]', type: array(scalar('text')), values: ['{}', '{()}', '{(),NULL}'], setup: 'CREATE TYPE nothing AS ()' },
  { pg: 'mood[]', type: array(scalar('enum')), values: ['{ok,NULL,été}'] },
];

let database: TestDatabase;
let source: SqlConnection;
let engine: EmbeddedEngine;
const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-canonical-'));

beforeAll(async () => {
  database = await createDatabase();
  source = await connect({ url: database.url });
  engine = await EmbeddedEngine.open({ directory: path.join(folder, 'warehouse'), log: silentLogger() });
});

afterAll(async () => {
  await engine.close();
  await source.close();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Makes the table with a NULL and the values, and copies it into a warehouse table as the product
 * does.
 */
async function copied(n: number, format: 'auto' | 'text'): Promise<{ columns: ComparedColumn[]; clone: string }> {
  const { pg, type, values, setup } = CASES[n] ?? { pg: '', type: scalar('text'), values: [] };
  const relation = `public.t${n}`;
  if ((await source.query(`SELECT WHERE to_regclass('${relation}') IS NOT NULL`)).length === 0) {
    if (setup !== undefined) await database.query(setup);
    await database.query(`CREATE TABLE ${relation} (id int PRIMARY KEY, v ${pg})`);
    for (const [i, value] of [null, ...values].entries())
      await database.query(`INSERT INTO ${relation} VALUES ($1, ($2::text)::${pg})`, [i, value]);
  }
  const { columns, clone } = await copyToWarehouse({ source, engine, folder, format }, relation);
  expect(columns[1]?.type).toEqual(type);
  const oids = await source.query<{ oid: number }>(
    `SELECT atttypid AS oid FROM pg_attribute WHERE attrelid = '${relation}'::regclass AND attnum > 0 ORDER BY attnum`,
  );
  return { columns: columns.map((column, i) => ({ ...column, typeOid: oids[i]?.oid ?? 0 })), clone: clone ?? '' };
}

const NAMED = CASES.flatMap(({ pg }, n) => (['auto', 'text'] as const).map((format) => ({ pg, n, format })));

test.each(NAMED)('$pg: both sides have the same canonical text for every value, copied as $format', async ({ n, format }) => {
  const { columns, clone } = await copied(n, format);
  const [, v] = columns;
  if (v === undefined) throw new Error('no column');
  const ours = await source.query<{ text: string | null }>(
    `SELECT ${sourceText('s.v', v.type, v.typeOid)} AS text FROM public.t${n} AS s ORDER BY id`,
  );
  const stored = { column: 's.c2', exactKey: `'c2'`, type: v.type, typeOid: v.typeOid };
  const theirs = await engine.query<{ text: string | null }>(
    `SELECT ${warehouseText(stored)} AS text FROM ${clone} AS s FINAL ORDER BY c1`,
  );
  expect(theirs).toEqual(ours);
  expect(new Set(ours.map(({ text }) => text)).size).toBe(ours.length);
  for (const sampled of [false, true]) {
    const { source: left, warehouse: right } = compareBy(columns, { key: [1], serverIsUtf8: true, sampled });
    const hashes = await source.query<{ hash: string; place: string }>(
      `SELECT (${left.hash})::text AS hash, (${left.place})::text AS place FROM public.t${n} AS s ORDER BY id`,
    );
    expect(
      await engine.query(`SELECT toString(${right.hash}) AS hash, toString(${right.place}) AS place FROM ${clone} AS s FINAL ORDER BY c1`),
    ).toEqual(hashes);
  }
});

test('any array of texts has the same canonical text on both sides, and no other array has it', async () => {
  const unit = fc.oneof(
    fc.constantFrom(...'{ } [ ] ( ) " \\ , ; : = n N u U l L'.split(' '), ' ', '\t', '\n', '\v', '\f', '\u0001'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  );
  const element = fc.option(fc.string({ unit, maxLength: 6 }));
  const arrays = fc.sample(fc.array(element, { maxLength: 4 }), 1000).map((one) => one.map((text) => text?.replaceAll('\0', '') ?? null));
  await database.query('CREATE TABLE public.any_array (id int PRIMARY KEY, v text[])');
  const rows = arrays.map((one, id) => JSON.stringify({ id, v: one }));
  await database.query(
    'INSERT INTO public.any_array SELECT r.id, r.v FROM unnest($1::jsonb[]) AS j, jsonb_to_record(j) AS r(id int, v text[])',
    [rows],
  );
  const { clone } = await copyToWarehouse({ source, engine, folder }, 'public.any_array');
  const type = array(scalar('text'));
  const ours = await source.query<{ text: string }>(
    `SELECT ${sourceText('s.v', type, 1009)} AS text FROM public.any_array AS s ORDER BY id`,
  );
  const stored = { column: 's.c2', exactKey: `'c2'`, type, typeOid: 1009 };
  expect(await engine.query(`SELECT ${warehouseText(stored)} AS text FROM ${clone} AS s FINAL ORDER BY c1`)).toEqual(ours);
  expect(new Set(ours.map(({ text }) => text)).size).toBe(new Set(arrays.map((one) => JSON.stringify(one))).size);
});
