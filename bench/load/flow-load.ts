import type { Client } from 'pg';
import { pacedChanges } from './paced-changes.ts';

/**
 * Changes rows of tables at a fixed rate: 20 of 100 rows are inserted, 60 updated, 20 deleted, the
 * oldest first. Arguments: URL, changes per second, tables, separated by commas.
 */
const [url = '', rate = '', tableText = ''] = process.argv.slice(2);
const names = tableText.split(',');
/** The ids that each table has, from the first time on that it is changed. */
const ids = new Map<string, { oldest: number; next: number }>();
await pacedChanges(url, Number(rate), change);

async function change(client: Client, rows: number, tick: number): Promise<number> {
  const name = names[tick % names.length] ?? '';
  const table = ids.get(name) ?? (await idsOf(client, name));
  ids.set(name, table);
  const inserted = Math.max(1, Math.round(rows * 0.2));
  const updated = Math.round(rows * 0.6);
  const { rows: counts } = await client.query<{ count: number }>({
    name: `change ${name}`,
    text: `
      with deleted as (delete from ${name} where id >= $1 and id < $1 + $3 returning 1),
      inserted as (insert into ${name} select g, g % 1000, g / 100.0, md5(g::text), now() from generate_series($2, $2 + $3 - 1) g returning 1),
      updated as (update ${name} set k = k + 1, at = now()
        where id in (select $1 + $3 + (random() * ($2 - $1 - $3 - 1))::bigint from generate_series(1, $4)) returning 1)
      select ((select count(*) from deleted) + (select count(*) from inserted) + (select count(*) from updated))::int as count`,
    values: [table.oldest, table.next, inserted, updated].map(BigInt).map(String),
  });
  table.oldest += inserted;
  table.next += inserted;
  return counts[0]?.count ?? 0;
}

async function idsOf(client: Client, name: string): Promise<{ oldest: number; next: number }> {
  const { rows } = await client.query<{ oldest: string; last: string }>(`select min(id) as oldest, max(id) as last from ${name}`);
  return { oldest: Number(rows[0]?.oldest), next: Number(rows[0]?.last) + 1 };
}
