import type { Client } from 'pg';
import { pacedChanges } from './paced-changes.ts';

/**
 * Changes rows of tables at a fixed rate: 20 of 100 rows are inserted, 60 updated, 20 deleted, the
 * oldest first. Arguments: URL, changes per second, tables (with ids from 1 on), separated by
 * commas, rows that each has.
 */
const [url = '', rate = '', tableText = '', rowText = ''] = process.argv.slice(2);
const tables = tableText.split(',').map((name) => ({ name, oldest: 1, next: Number(rowText) + 1 }));
await pacedChanges(url, Number(rate), change);

async function change(client: Client, rows: number, tick: number): Promise<number> {
  const table = tables[tick % tables.length];
  if (table === undefined) return 0;
  const inserted = Math.max(1, Math.round(rows * 0.2));
  const updated = Math.round(rows * 0.6);
  const { rows: counts } = await client.query<{ count: number }>({
    name: `change ${table.name}`,
    text: `
      with deleted as (delete from ${table.name} where id >= $1 and id < $1 + $3 returning 1),
      inserted as (insert into ${table.name} select g, g % 1000, g / 100.0, md5(g::text), now() from generate_series($2, $2 + $3 - 1) g returning 1),
      updated as (update ${table.name} set k = k + 1, at = now()
        where id in (select $1 + $3 + (random() * ($2 - $1 - $3 - 1))::bigint from generate_series(1, $4)) returning 1)
      select ((select count(*) from deleted) + (select count(*) from inserted) + (select count(*) from updated))::int as count`,
    values: [table.oldest, table.next, inserted, updated].map(BigInt).map(String),
  });
  table.oldest += inserted;
  table.next += inserted;
  return counts[0]?.count ?? 0;
}
