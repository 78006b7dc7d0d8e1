/** How the rows of a table are compared: one line of text for each, by both sides. */
interface ComparedTable {
  readonly table: string;
  /** Postgres: rows with one column `line`. */
  readonly source: string;
  /** ClickHouse: the same lines. */
  readonly warehouse: string;
}

export const TABLES: readonly ComparedTable[] = [
  {
    table: 'public.orders',
    source: `select concat_ws('|', id, customer, (total * 100)::bigint, length(notes), md5(notes), coalesce(priority::text, '-')) as line from orders`,
    warehouse: `SELECT concat(toString(id), '|', customer, '|', toString(toInt64(total * 100)), '|', toString(length(notes)), '|',
      lower(hex(MD5(assumeNotNull(notes)))), '|', ifNull(toString(priority), '-')) AS line FROM public.orders`,
  },
  {
    table: 'public.visits',
    source: `select concat_ws('|', page, times) as line from visits`,
    warehouse: `SELECT concat(page, '|', toString(times)) AS line FROM public.visits`,
  },
  {
    table: 'public.labels',
    source: `select concat_ws('|', id, array_to_string(names, ',')) as line from labels`,
    warehouse: `SELECT concat(toString(id), '|', arrayStringConcat(arrayMap(x -> ifNull(x, ''), names), ',')) AS line FROM public.labels`,
  },
];

/** Before anything is replicated. */
export const FIRST_ROWS = `
  create table orders (id int primary key, customer text not null, total numeric(12, 2), notes text);
  create table visits (page text, times int);
  alter table visits replica identity full;
  create table labels (id uuid primary key, names text[]);
  create table passing (id int primary key);
  insert into orders select i, 'customer ' || i % 7, i * 1.25, repeat(md5(i::text), 200) from generate_series(1, 60) i;
  insert into visits select 'page ' || i % 3, i % 2 from generate_series(1, 12) i;
  insert into labels select md5(i::text)::uuid, array['a', 'b' || i] from generate_series(1, 10) i;
  insert into passing values (1);`;

/** Transactions while it is replicated, one after the other. */
export const CHANGES: readonly string[] = [
  `update orders set total = total + 1 where id % 5 = 0`,
  `update orders set id = id + 1000 where id = 3`,
  `delete from orders where id between 20 and 25; insert into orders values (3, 'again', 9.5, 'short')`,
  `update visits set times = times + 10 where page = 'page 1'`,
  `alter table orders add column priority int default 2; insert into orders values (100, 'new', 1, 'n', 7)`,
  `truncate labels; insert into labels values (md5('x')::uuid, array['z'])`,
  `drop table passing`,
];
