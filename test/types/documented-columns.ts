import { type Ends, askRows } from './ask-warehouse.ts';
import { type Promised, documented } from './documented.ts';

/** The types below domains, and of arrays' elements below theirs; what the key is. */
const COLUMNS = `
  with recursive below (attnum, oid, typmod, is_array) as (
    select attnum, atttypid, atttypmod, false from pg_attribute where attrelid = $1::regclass and attnum > 0
    union all
    select attnum, case when t.typtype = 'd' then t.typbasetype else t.typelem end, case when t.typtype = 'd' then t.typtypmod else typmod end,
      is_array or t.typtype <> 'd' from below join pg_type t on t.oid = below.oid
    where t.typtype = 'd' or exists (select from pg_type e where e.typarray = t.oid)
  )
  select a.attname as name, a.attnotnull as "notNull", t.typname as base, t.typtype as kind, below.typmod, is_array as "isArray", coalesce(a.attnum = any (i.indkey), false) as key
  from below join pg_type t using (oid) join pg_attribute a on a.attrelid = $1::regclass and a.attnum = below.attnum
  left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
  where t.typtype <> 'd' and not exists (select from pg_type e where e.typarray = t.oid) order by below.attnum`;

/** What the page of types promises of each column of a table of `public`. */
export async function promisesOf({ client, endpoint }: Ends, table: string): Promise<Promised[]> {
  const { rows } = await client.query<{
    name: string;
    base: string;
    kind: string;
    typmod: number;
    notNull: boolean;
    isArray: boolean;
    key: boolean;
  }>(COLUMNS, [`public.${table}`]);
  const stored = await askRows(
    endpoint,
    `select type from system.columns where database = 'public' and table = '${table}__exact' order by position`,
  );
  return rows.map((column, i) => documented({ ...column, stored: stored[i]?.[0] ?? '' }));
}
