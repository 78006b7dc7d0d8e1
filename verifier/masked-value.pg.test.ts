import { expect, test } from 'vitest';
import { MaskSalt } from '../core/mask-salt.ts';
import { connect } from '../postgres/session/connect.ts';
import { digestOf, SALT } from '../test/support/narrowed.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { maskedValue, setSalt } from './masked-value.ts';

const VALUES: Record<string, string> = {
  bool: 'true',
  int8: '-9223372036854775808',
  'numeric(12,3)': '12.5',
  float8: '0.1',
  float4: '1e-10',
  date: '4713-01-01 BC',
  timestamptz: 'infinity',
  interval: '1 mon -2 days 03:00',
  uuid: '00000000-0000-0000-0000-00000000000a',
  bytea: String.raw`\x00ff`,
  text: 'Ωmega',
  'char(5)': 'ab',
  '"char"': 'x',
  name: 'n',
  jsonb: '{"b": 1, "a": 2}',
  json: '{"b": 1,  "b": 2}',
  'int4[]': '[0:1]={1,NULL}',
  'text[]': '{"a,b",NULL,""}',
  inet: '10.0.0.1/32',
  cidr: '10.0.0.0/8',
  money: '12.50',
  int4range: '[1,3)',
  mood: 'sad',
  pair: '(1,"x, y")',
  point: '(1.5,2)',
};

function textColumn(name: string, typeOid: number): Parameters<typeof maskedValue>[0] {
  return { id: 1, name, type: { kind: 'text' }, typeOid };
}

test('the source computes a mask as the replicator does, for every type, from a salt that is in the text of no statement', async () => {
  await using database = await createDatabase();
  const types = Object.keys(VALUES);
  await database.query(`create type mood as enum ('sad'); create type pair as (a int, b text);
    create table t (${types.map((type, i) => `v${i} ${type}, n${i} ${type}`).join(', ')})`);
  await database.query(
    `insert into t (${types.map((_, i) => `v${i}`).join(', ')}) values (${Object.values(VALUES)
      .map((value) => `'${value}'`)
      .join(', ')})`,
  );
  await using connection = await connect({ url: database.url });
  const columns = await connection.query<{ name: string; typeOid: number }>(
    `select attname::text as name, atttypid as "typeOid" from pg_attribute where attrelid = 'public.t'::regclass and attnum > 0 order by attnum`,
  );
  await connection.query('begin isolation level repeatable read');
  await setSalt(connection, new MaskSalt(SALT));
  const [activity] = await database.query<{ query: string }>(
    `select string_agg(query, ' ') as query from pg_stat_activity where query ~ 'mask_salt' and pid <> pg_backend_pid() and datname = current_database()`,
  );
  expect(activity?.query).toMatch(/set_config\('tailrace\.mask_salt', \$1/);
  expect(activity?.query).not.toContain(Buffer.from(SALT).toString('hex'));
  const digests = columns.map(({ name, typeOid }) => `${maskedValue(textColumn(name, typeOid), 'sha256').expression} as ${name}`);
  const [masked] = await connection.query<Record<string, string | null>>(`select ${digests.join(', ')} from public.t as s`);
  const texts = columns.map(({ name }) => `case when num_nulls(${name}) = 0 then format('%s', ${name}) end as ${name}`);
  const [printed] = await connection.query<Record<string, string | null>>(`select ${texts.join(', ')} from public.t`);
  expect(masked).toEqual(Object.fromEntries(Object.entries(printed ?? {}).map(([name, text]) => [name, digestOf(text)])));
  const nothing = columns.map(({ name, typeOid }) => `${maskedValue(textColumn(name, typeOid), 'null').expression} as ${name}`);
  const [nulls] = await connection.query<Record<string, string | null>>(`select ${nothing.join(', ')} from public.t as s`);
  expect(new Set(Object.values(nulls ?? { none: 1 }))).toEqual(new Set([null]));
  await connection.query('rollback');
  expect(await connection.query(`select current_setting('tailrace.mask_salt', true) as salt`)).toEqual([{ salt: '' }]);
});
