import { expect, test } from 'vitest';
import type { ColumnType } from '../core/column-type.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { compareBy } from './comparison.ts';

const column = (id: number, name: string, kind: 'int4' | 'int8' | 'text', typeOid: number) => ({
  id,
  name,
  type: { kind } satisfies ColumnType,
  typeOid,
});

test('rows that differ have different texts, also with commas, colons, counts and NULLs in them', async () => {
  await using database = await createDatabase();
  await database.query('create table tricky (a int, b int, c text, d text, e jsonb)');
  const texts = [null, '', 'n', ',', ':', 'a', 'a,', ',a', '1:a', '1:a,1:a', '0:', '0:,0:'];
  for (const c of texts)
    for (const d of texts)
      await database.query(
        `insert into tricky values (null, null, $1, $2, null), (1, null, $1, $2, 'null'), (null, 1, $1, $2, '"n"'), (1, 1, $1, $2, to_jsonb($1::text)), (11, 1, $1, $2, '[]')`,
        [c, d],
      );
  const columns = [
    column(1, 'a', 'int4', 23),
    column(2, 'b', 'int4', 23),
    column(3, 'c', 'text', 25),
    column(4, 'd', 'text', 25),
    column(5, 'e', 'text', 3802),
  ];
  const { source } = compareBy(columns, { key: [], serverIsUtf8: true, sampled: false });
  const [counted] = await database.query<{ hashes: string; rows: string }>(
    `select count(distinct ${source.hash}) as hashes, count(distinct (a, b, c, d, e)) as rows from tricky as s`,
  );
  expect(Number(counted?.rows)).toBe(5 * texts.length ** 2);
  expect(counted?.hashes).toBe(counted?.rows);
});

test('rows whose arrays differ have different texts, also with what stands between columns in them', async () => {
  await using database = await createDatabase();
  await database.query('create table tricky (a int, b text[], c text[], d int[], e text)');
  const arrays = [
    [null, '{}', '{NULL}', '{"NULL"}', '{""}', '{n}', '{"n,n"}', '{a}', '{a,b}', '{"a,b"}', '{"a}"}', '{"},{"}', '{"}","{"}'],
    ['{"\\""}', '{"\\\\"}', '{"\\\\\\""}', '{{a,b}}', '{{a},{b}}', '[0:0]={a}', '[0:1]={a,b}', '{"[0:1]={a,b}"}', '{"{1,2},1:a"}'],
  ].flat();
  const numbers = [null, '{}', '{NULL}', '{1,2}', '{12}', '[0:1]={1,2}', '{{1,2}}'];
  for (const a of [null, 1])
    for (const e of [null, 'n', '{1,2}'])
      await database.query(
        'insert into tricky select $1, b::text[], c::text[], d::int[], $2 from unnest($3::text[]) as b, unnest($3::text[]) as c, unnest($4::text[]) as d',
        [a, e, arrays, numbers],
      );
  const texts = { kind: 'array', element: { kind: 'text' } } as const;
  const columns = [
    column(1, 'a', 'int4', 23),
    { id: 2, name: 'b', type: texts, typeOid: 1009 },
    { id: 3, name: 'c', type: texts, typeOid: 1009 },
    { id: 4, name: 'd', type: { kind: 'array', element: { kind: 'int4' } } as const, typeOid: 1007 },
    column(5, 'e', 'text', 25),
  ];
  const { source } = compareBy(columns, { key: [], serverIsUtf8: true, sampled: false });
  const [counted] = await database.query<{ hashes: string; rows: string }>(
    `select count(distinct ${source.hash}) as hashes, count(distinct (a, b, c, d, e)) as rows from tricky as s`,
  );
  expect(Number(counted?.rows)).toBe(6 * arrays.length ** 2 * numbers.length);
  expect(counted?.hashes).toBe(counted?.rows);
});

test('identities that count in their upper bits lie in many buckets, and no two have one place', async () => {
  await using database = await createDatabase();
  await database.query('create table snowflakes (id bigint)');
  const ends = '(9223372036854775807), (-9223372036854775808), (-1), (-2), (0)';
  await database.query(
    `insert into snowflakes values ${ends}; insert into snowflakes select i << 22 from generate_series(1::bigint, 2000) as i`,
  );
  const { source } = compareBy([column(1, 'id', 'int8', 20)], { key: [1], serverIsUtf8: true, sampled: false });
  const [counted] = await database.query(
    `select count(distinct ${source.place})::int as places, count(distinct (${source.place}) & 255)::int as buckets from snowflakes as s`,
  );
  expect(counted).toEqual({ places: 2005, buckets: 256 });
});
