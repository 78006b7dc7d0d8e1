import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/**
 * Changes rows of tables at a fixed rate, in one transaction every 10 ms: 20 of 100 rows are
 * inserted, 60 updated, 20 deleted, the oldest first. What one transaction could not do in time the
 * next one does too. Ends on SIGTERM with the number of changes as JSON. Arguments: URL, changes
 * per second, tables (with ids from 1 on), separated by commas, rows that each has.
 */
const [url = '', rateText = '', tableText = '', rowText = ''] = process.argv.slice(2);
const EVERY_MS = 10;
const rate = Number(rateText);
const tables = tableText.split(',').map((name) => ({ name, oldest: 1, next: Number(rowText) + 1 }));
const client = new pg.Client({ connectionString: url, application_name: 'tailrace-bench load' });
await client.connect();

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const begun = performance.now();
let done = 0;
for (let tick = 0; !stop.signal.aborted; tick += 1) {
  const due = Math.floor(((performance.now() - begun) / 1000) * rate) - done;
  const table = tables[tick % tables.length];
  if (due > 0 && table !== undefined) done += await change(table, due);
  await sleep(Math.max(0, (tick + 1) * EVERY_MS - (performance.now() - begun)));
}
await client.end();
process.stdout.write(`${JSON.stringify({ changes: done, seconds: (performance.now() - begun) / 1000 })}\n`);

async function change(table: { readonly name: string; oldest: number; next: number }, rows: number): Promise<number> {
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
