import { expect, test } from 'vitest';
import { createDatabase } from '../support/postgres.ts';
import { chosenVersion } from '../support/postgres-version.ts';
import { casesOf } from './all-cases.ts';

/** Languages and what belongs to them need other software; they bring no types. */
const LANGUAGE = /^(?:pl|hstore_pl|jsonb_pl|ltree_pl|bool_pl)/;

/**
 * Types a column can have and that no other type follows from: no arrays, no row types, no
 * pseudo-types.
 */
const TYPES = `
  select case n.nspname when 'pg_catalog' then t.typname else n.nspname || '.' || t.typname end as name
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where t.typtype in ('b', 'd', 'e', 'r', 'm') and not exists (select from pg_type e where e.typarray = t.oid)`;

test('no type of the server or of its extensions is forgotten', async () => {
  await using database = await createDatabase();
  const cases = [...casesOf(chosenVersion()).values()].flat();
  // A distribution's Postgres may offer any installed extension; npm's offers those that come with
  // Postgres.
  const asked = process.env['TEST_PG_BIN'] === undefined ? null : cases.flatMap(({ extension = [] }) => extension);
  const extensions = await database.query<{ name: string }>(
    'select name from pg_available_extensions where $1::text[] is null or name = any ($1) order by name',
    [asked],
  );
  for (const { name } of extensions) if (!LANGUAGE.test(name)) await database.query(`create extension if not exists "${name}" cascade`);
  const there = (await database.query<{ name: string }>(TYPES)).map(({ name }) => name);
  const judged = cases.flatMap(({ covers }) => covers);
  expect(there.filter((name) => !judged.includes(name)).toSorted()).toEqual([]);
  // Made by the cases themselves.
  const own = /^public\.(?:float|text)(?:multi)?range$/;
  expect(judged.filter((name) => !there.includes(name) && !own.test(name)).toSorted()).toEqual([]);
});
