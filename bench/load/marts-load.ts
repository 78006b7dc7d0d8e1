import type { Client } from 'pg';
import { pacedChanges } from './paced-changes.ts';

/**
 * Changes a shop at a fixed rate: new orders with a line and a payment each, and as many changed
 * rows among the newest fiftieth of the orders. Arguments: URL, changes per second, number of
 * orders.
 */
const [url = '', rate = '', rowText = ''] = process.argv.slice(2);
let last = Number(rowText);
await pacedChanges(url, Number(rate), change);

async function change(client: Client, rows: number): Promise<number> {
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
