/** Models of the exactness test: files of a folder, by their paths. */
export const MODELS: Readonly<Record<string, string>> = {
  'stg/customers.sql': `-- A customer with a country.
SELECT id, country FROM public.customers WHERE country IS NOT NULL
`,
  'marts/order_facts.sql': `-- An order with the sums of its items and payments.
-- @kind incremental
-- @key order_id
-- @by order_id = public.orders: id
-- @by order_id = public.items: order_id
-- @by order_id = public.payments: order_id
SELECT o.id AS order_id, o.customer_id AS customer_id, o.state AS state, i.all_units AS units, i.value AS value, p.paid AS paid, p.parts AS payments
FROM public.orders AS o
LEFT JOIN (SELECT order_id, sum(units) AS all_units, sum(units * price) AS value FROM public.items GROUP BY order_id) AS i ON i.order_id = o.id
LEFT JOIN (SELECT order_id, sum(amount) AS paid, count() AS parts FROM public.payments GROUP BY order_id) AS p ON p.order_id = o.id
`,
  'marts/states.sql': `-- A state that orders are in: a group that rows move out of and into.
-- @kind incremental
-- @key state
-- @by state = public.orders: state
SELECT state, count() AS orders, uniqExact(customer_id) AS customers, max(amount) AS most
FROM public.orders
GROUP BY state
HAVING orders > 1
`,
  'marts/places.sql': `-- An order and its place among those of its customer.
-- @kind incremental
-- @key id
-- @by customer_id = public.orders: customer_id
SELECT id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY amount DESC, id) AS place
FROM public.orders
`,
  'marts/customers.sql': `-- A customer of orders, also the unknown one.
-- @kind incremental
-- @key customer_id
-- @by customer_id = public.orders: customer_id
-- @by customer_id = public.customers: id
SELECT o.customer_id AS customer_id, any(c.country) AS country, count() AS orders, sum(o.amount) AS amount
FROM public.orders AS o
LEFT JOIN public.customers AS c ON c.id = o.customer_id
GROUP BY o.customer_id
`,
  'marts/minutes.sql': `-- A minute of orders.
-- @kind incremental
-- @key minute
-- @by minute = public.orders: toStartOfMinute(placed_at)
SELECT toStartOfMinute(placed_at) AS minute, count() AS orders, sum(amount) AS amount
FROM public.orders
GROUP BY minute
`,
  'marts/customer_versions.sql': `-- A customer for a time: a slowly changing dimension.
-- @kind incremental
-- @key customer_id, valid_from
-- @by customer_id = public.customers__history: id
SELECT id AS customer_id, country, valid_from, valid_to, lsn
FROM public.customers__history
WHERE valid_to IS NULL OR valid_from IS NULL OR valid_from < valid_to
`,
  'marts/countries.sql': `-- A country.
-- @kind table
-- @key country
SELECT c.country AS country, sum(m.amount) AS amount
FROM marts.customers AS m
INNER JOIN stg.customers AS c ON c.id = m.customer_id
GROUP BY c.country
`,
};

/** The tables that they read. */
export const TABLES = `
create table customers (id int primary key, country text);
create table orders (id int primary key, customer_id int, state text, amount int not null, placed_at timestamptz not null);
create table items (id int primary key, order_id int, units int not null, price int not null);
create table payments (id int primary key, order_id int, amount int not null, note text);
`;

/** The rows of these tables when a seed begins. */
export const ROWS = `
insert into customers select i, case when i % 7 = 0 then null else 'c' || i % 9 end from generate_series(1, 80) i;
insert into orders select i, case when i % 40 = 0 then null else 1 + i % 80 end, case when i % 50 = 0 then null else 's' || i % 40 end,
  i * 7919 % 1000, timestamptz '2026-01-01 00:00:00Z' + i * interval '17 seconds' from generate_series(1, 400) i;
insert into items select i, case when i % 60 = 0 then null else 1 + i * 31 % 410 end, 1 + i % 5, i * 13 % 100 from generate_series(1, 800) i;
insert into payments select i, case when i % 30 = 0 then null else 1 + i * 17 % 410 end, i * 11 % 500, repeat('x', i % 3 * 3000) from generate_series(1, 300) i;
`;
