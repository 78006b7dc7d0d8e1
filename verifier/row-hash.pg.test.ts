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
