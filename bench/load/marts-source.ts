import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';

const TABLES = `
  create table orders (id bigint primary key, customer_id int not null, state text not null, placed_at timestamptz not null, total numeric(12,2) not null, note text);
  create table order_items (order_id bigint, line int, product_id int not null, units int not null, primary key (order_id, line));
  create table payments (id uuid primary key, order_id bigint not null, amount numeric(12,2) not null, paid_at timestamptz not null)`;

/** Orders, twice as many lines, and as many payments; a payment's key says nothing of its order. */
const ROWS = `
  insert into orders select g, g % 50000, case when g % 7 = 0 then 'placed' else 'paid' end, timestamptz '2026-01-01' + g * interval '1 second', g % 900 + 0.5, md5(g::text) from generate_series(1, %rows) g;
  insert into order_items select g / 2 + 1, g % 2, g % 1000, g % 5 + 1 from generate_series(0, 2 * %rows - 1) g;
  insert into payments select md5('p' || g)::uuid, g, g % 900 + 0.5, timestamptz '2026-01-01' + g * interval '1 second' from generate_series(1, %rows) g`;

/** What a dbt project of a shop would hold: an order fact, and sums per minute. */
const MODELS = {
  'marts/fct_orders.sql': `-- One order, its lines and what was paid.
-- @kind incremental
-- @key order_id
-- @by order_id = public.orders: id
-- @by order_id = public.order_items: order_id
-- @by order_id = public.payments: order_id
-- @every 1s
SELECT
    o.id AS order_id, o.customer_id AS customer_id, o.state AS state, o.placed_at AS placed_at, o.total AS total,
    ifNull(i.lines, 0) AS lines, ifNull(i.units, 0) AS units, ifNull(p.paid, 0) AS paid, o.total - ifNull(p.paid, 0) AS open_amount
FROM public.orders AS o
LEFT JOIN (SELECT order_id, count() AS lines, sum(units) AS units FROM public.order_items GROUP BY order_id) AS i ON i.order_id = o.id
LEFT JOIN (SELECT order_id, sum(amount) AS paid FROM public.payments GROUP BY order_id) AS p ON p.order_id = o.id
`,
  'marts/revenue_per_minute.sql': `-- One minute in which an order was placed.
-- @kind incremental
-- @key minute
-- @by minute = public.orders: toStartOfMinute(placed_at)
-- @every 1s
SELECT toStartOfMinute(placed_at) AS minute, count() AS orders, sum(total) AS revenue, uniqExact(customer_id) AS customers
FROM public.orders
GROUP BY minute
`,
};

/** The models of the case. */
export const MARTS = ['marts.fct_orders', 'marts.revenue_per_minute'] as const;

/** Makes the tables with their rows. */
export async function makeShop(client: Client, rows: number): Promise<void> {
  await client.query(TABLES);
  await client.query(ROWS.replaceAll('%rows', String(rows)));
}

/** Writes the models below a folder and returns where. */
export function writeMarts(folder: string): string {
  const directory = path.join(folder, 'models');
  mkdirSync(path.join(directory, 'marts'), { recursive: true });
  for (const [name, text] of Object.entries(MODELS)) writeFileSync(path.join(directory, name), text);
  return directory;
}

/**
 * Touches `count` orders of the newest hundredth: half of them change their state, and of the other
 * half the payment moves to the next order. Returns the number of changed rows.
 */
export async function touchOrders(client: Client, { rows, count, round }: { rows: number; count: number; round: number }): Promise<number> {
  const from = rows - Math.floor(rows / 100) + round * 2 * count;
  const half = Math.floor(count / 2);
  const changed = await client.query(`update orders set state = 'round ${round}' where id >= ${from} and id < ${from + half}`);
  const moved = await client.query(
    `update payments set order_id = order_id + 1 where order_id >= ${from + half} and order_id < ${from + count}`,
  );
  return (changed.rowCount ?? 0) + (moved.rowCount ?? 0);
}
