import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/**
 * Changes a shop at a fixed rate, in one transaction every 10 ms: new orders with a line and a
 * payment each, and as many changed rows among the newest fiftieth of the orders. What one
 * transaction could not do in time the next one does too. Ends on SIGTERM with the number of
 * changes as JSON. Arguments: URL, changes per second, number of orders.
 */
const [url = '', rateText = '', rowText = ''] = process.argv.slice(2);
const EVERY_MS = 10;
const rate = Number(rateText);
let last = Number(rowText);
const client = new pg.Client({ connectionString: url, application_name: 'tailrace-bench load' });
await client.connect();

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const begun = performance.now();
let done = 0;
for (let tick = 0; !stop.signal.aborted; tick += 1) {
  const due = Math.floor(((performance.now() - begun) / 1000) * rate) - done;
  if (due > 0) done += await change(due);
  await sleep(Math.max(0, (tick + 1) * EVERY_MS - (performance.now() - begun)));
}
await client.end();
process.stdout.write(`${JSON.stringify({ changes: done, seconds: (performance.now() - begun) / 1000 })}\n`);

async function change(rows: number): Promise<number> {
  const placed = Math.max(1, Math.round(rows / 6));
  const updated = Math.max(1, rows - 3 * placed);
  const { rows: counts } = await client.query<{ count: number }>({
    name: 'change',
    text: `
      with new_orders as (insert into orders select g, g % 50000, 'placed', now(), g % 900 + 0.5, md5(g::text) from generate_series($1 + 1, $1 + $2) g returning 1),
      new_items as (insert into order_items select g, 0, g % 1000, g % 5 + 1 from generate_series($1 + 2, $1 + $2 + 1) g on conflict do nothing returning 1),
      new_payments as (insert into payments select gen_random_uuid(), g, g % 900 + 0.5, now() from generate_series($1 + 1, $1 + $2) g returning 1),
      updated as (update orders set state = case state when 'paid' then 'shipped' else 'paid' end, total = total + 1
        where id in (select $1 - (random() * ($1 / 50))::bigint from generate_series(1, $3)) returning 1)
      select ((select count(*) from new_orders) + (select count(*) from new_items) + (select count(*) from new_payments) + (select count(*) from updated))::int as count`,
    values: [last, placed, updated].map(BigInt).map(String),
  });
  last += placed;
  return counts[0]?.count ?? 0;
}
