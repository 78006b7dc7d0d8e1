/**
 * Events that browsers send. The collector in examples/ creates this table where it is missing.
 * `at` is the clock of the browser, `received_at` that of the database.
 */
export const CLIENT_EVENTS = `create table if not exists client_events (id uuid primary key, at timestamptz not null,
  received_at timestamptz not null default now(), customer_id bigint, kind text not null, payload jsonb not null)`;

/** The tables of the shop, without keys: adding those after the history is faster. */
export const SHOP_TABLES = `
  create type order_state as enum ('cart', 'placed', 'paid', 'shipped', 'delivered', 'returned');
  create table customers (id bigint not null, email text not null, name text, country char(2), tags text[], balance numeric(12,2), born date, created_at timestamptz);
  create table products (id int not null, sku uuid, name text, price numeric(10,2), description text, attributes jsonb, updated_at timestamptz);
  create table orders (id bigint not null, customer_id bigint, state order_state, total numeric(12,2), placed_at timestamptz, updated_at timestamptz);
  create table order_items (order_id bigint not null, line smallint not null, product_id int, quantity int, price numeric(10,2));
  create table payments (id uuid not null, order_id bigint, amount numeric(12,2), method text, paid_at timestamptz);
  create table inventory (product_id int not null, bin int not null, quantity int, counted_on date);
  create table events (id bigint not null, at timestamptz, customer_id bigint, kind text, payload jsonb);
  create table staging (id bigint primary key, payload text);
  ${CLIENT_EVENTS};
  alter table products alter description set storage external;
`;

/** The tables that only the shop uses. Collectors may share `client_events`. */
export const SHOP_TABLE_NAMES = ['customers', 'products', 'orders', 'order_items', 'payments', 'inventory', 'events', 'staging'];

/** The keys, added after the history. */
export const SHOP_KEYS = [
  'alter table customers add primary key (id)',
  'alter table products add primary key (id)',
  'alter table orders add primary key (id)',
  'alter table order_items add primary key (order_id, line)',
  'alter table payments add primary key (id)',
  'alter table inventory add primary key (product_id, bin)',
  'alter table events add primary key (id)',
];

/** The number of rows in the main tables. */
export interface ShopSize {
  readonly events: number;
  readonly orders: number;
  readonly customers: number;
  readonly products: number;
}

/** Scales the other tables to the number of events: one order for five events. */
export function shopSize(events: number): ShopSize {
  return {
    events,
    orders: Math.max(100, Math.round(events / 5)),
    customers: Math.max(50, Math.round(events / 20)),
    products: Math.max(20, Math.round(events / 500)),
  };
}

/** A statement that writes history, and its number of rows. */
export interface HistoryStep {
  readonly rows: number;
  readonly sql: string;
}

const SLICE_ROWS = 100_000;

/**
 * Two years of the shop as statements for two sessions. The database generates the rows, which are
 * the same each time. Three of four customers leave at some time. Before that they order less, and
 * their pages are slow, so there is something to learn from the events of a quarter.
 */
export function shopHistory(size: ShopSize): readonly [HistoryStep[], HistoryStep[]] {
  const { customers, products, orders } = size;
  const shop: HistoryStep[] = [
    {
      rows: customers,
      sql: `insert into customers select g, 'customer' || g || '@shop.example', 'Customer ' || g, (array['DE','FR','US','JP','BR'])[1 + g % 5],
        case when g % 3 = 0 then array['regular'] when g % 7 = 0 then array['new', 'mail'] end, (g % 10000) / 100.0, date '1950-01-01' + (g * 37 % 20000)::int,
        now() - interval '730 days' - interval '1 day' * (g * 7919 % 365) from generate_series(1::bigint, ${customers}) g`,
    },
    {
      rows: products,
      sql: `insert into products select g, md5('sku' || g)::uuid, 'Product ' || g, 1 + (g * 7919 % 20000) / 100.0,
        (select string_agg(md5(g || '/' || n), ' ') from generate_series(1, 90) n), jsonb_build_object('colour', (array['red','green','blue'])[1 + g % 3], 'grams', g % 5000),
        now() - interval '730 days' * (1 - g::float8 / ${products}) from generate_series(1::bigint, ${products}) g`,
    },
    {
      rows: products * 3,
      sql: `insert into inventory select p, bin, (p * bin) % 500, current_date - (p % 90)::int from generate_series(1::bigint, ${products}) p, generate_series(1, 3) bin`,
    },
    ...slices(orders).map(([from, to]) => ({
      rows: to - from + 1,
      sql: `insert into orders select g, 1 + g * 7919 % ${customers},
        (case when g > ${orders} * 0.99 then (array['cart','placed','paid','shipped'])[1 + g % 4] when g % 40 = 0 then 'returned' else 'delivered' end)::order_state,
        (g * 31 % 50000) / 100.0, at, at + interval '3 days' * (g % 5)
        from generate_series(${from}::bigint, ${to}) g, lateral (select now() - interval '730 days' * (1 - g::float8 / ${orders})) t(at)`,
    })),
    ...slices(orders).map(([from, to]) => ({
      rows: (to - from + 1) * 2,
      sql: `insert into order_items select g, line, 1 + (g * line * 104729) % ${products}, 1 + g % 4, 1 + (g * 7919 % 20000) / 100.0
        from generate_series(${from}::bigint, ${to}) g, generate_series(1, 2) line`,
    })),
    ...slices(orders).map(([from, to]) => ({
      rows: range(from, to).filter((g) => isPaid(g, orders)).length,
      sql: `insert into payments select md5('payment' || g)::uuid, g, (g * 31 % 50000) / 100.0, (array['card','transfer','cash'])[1 + g % 3],
        now() - interval '730 days' * (1 - g::float8 / ${orders}) from generate_series(${from}::bigint, ${to}) g where g <= ${orders} * 0.99 or g % 4 >= 2`,
    })),
  ];
  const events = slices(size.events).map(([from, to]) => ({
    rows: to - from + 1,
    sql: `insert into events select g, now() - interval '730 days' * (1 - part), case when part > leaves then greatest(4, c - c % 4) else c end,
      case when leaving then (array['view','search','login'])[1 + (g + g / ${customers}) % 3]
        else (array['view','search','cart','order','login'])[1 + (g + g / ${customers}) % 5] end,
      ('{"page":' || g % 500 || ',"ms":' || g % 3000 + case when leaving then 2000 else 0 end || '}')::jsonb
      from generate_series(${from}::bigint, ${to}) g,
        lateral (select 1 + g * 31 % ${customers}, g::float8 / ${size.events}) e(c, part),
        lateral (select case when c % 4 = 0 then 2 else c * 7919 % 1300 / 1000.0 end) l(leaves),
        lateral (select leaves - part between 0 and 0.12 and g % 10 < 7) t(leaving)`,
  }));
  return [shop, events];
}

/** The number of rows of the whole history. */
export function historyRows(size: ShopSize): number {
  return shopHistory(size)
    .flat()
    .reduce((sum, step) => sum + step.rows, 0);
}

/** Whether an order of the history has a payment: carts and newly placed orders have none. */
function isPaid(order: number, orders: number): boolean {
  return order <= orders * 0.99 || order % 4 >= 2;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function slices(rows: number): (readonly [from: number, to: number])[] {
  return Array.from(
    { length: Math.ceil(rows / SLICE_ROWS) },
    (_, slice) => [slice * SLICE_ROWS + 1, Math.min(rows, (slice + 1) * SLICE_ROWS)] as const,
  );
}
