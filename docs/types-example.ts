/**
 * Rows that docs/TYPES.md begins with; test/e2e/types-example.e2e.test.ts plays them and holds the
 * page to what comes out.
 */
export const TYPES_EXAMPLE = {
  source: [
    `CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2) NOT NULL, rate numeric, doc jsonb NOT NULL, tags text[], took interval,
  placed timestamptz, day date)`,
    `INSERT INTO orders VALUES
  (1, 12.50, 0.1500, '["a", "b"]', '{new,"gift wrap"}', '1 day 02:00', '2026-01-31 09:00+01', '2026-01-31'),
  (2, 9, 1e40, '[]', NULL, NULL, 'infinity', '0044-03-15 BC')`,
  ],
  /** Name, type in ClickHouse, and both rows as `tailrace sql` prints them. */
  columns: [
    ['id', 'Int32', '1', '2'],
    ['total', 'Decimal(10, 2)', '12.5', '9'],
    ['rate', 'Nullable(Decimal(76, 38))', '0.15', `${'9'.repeat(38)}.${'9'.repeat(38)}`],
    ['doc', 'String', '["a", "b"]', '[]'],
    ['tags', 'Array(Nullable(String))', "['new','gift wrap']", '[]'],
    ['took', 'Nullable(Tuple(months Int32, days Int32, microseconds Int64))', '(0,1,7200000000)', '\\N'],
    ['placed', "Nullable(DateTime64(6, 'UTC'))", '2026-01-31 08:00:00.000000', '9999-12-31 23:59:59.775807'],
    ['day', 'Nullable(Date32)', '2026-01-31', '1900-01-01'],
  ],
  /** What the second row's `_tr_exact` in `orders__exact` has. */
  exact: {
    rate: `1${'0'.repeat(40)}`,
    tags: null,
    placed: 'infinity',
    day: '0044-03-15 BC',
  },
  /** A query that reads the document as an array, and its answer for both rows. */
  query: "SELECT id, JSONExtract(doc, 'Array(String)') AS letters, took IS NULL AS unknown FROM public.orders ORDER BY id",
  answer: ["1\t['a','b']\t0", '2\t[]\t1'],
} as const;
