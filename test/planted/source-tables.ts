import pg from 'pg';

/**
 * Rows that come through the copy, and rows that come through the stream afterwards: ids 1 to
 * `copied`, then up to `copied + streamed`.
 */
export interface PlantedSize {
  readonly copied: number;
  readonly streamed: number;
}

/** A numeric key has its exact text in the sort key, so a row of the warehouse can be doubled. */
const COLUMNS = 'id numeric(18,0), note text, at timestamptz, f float8, n int';

/** Rows of one transaction of the stream. */
const PER_TRANSACTION = 100_000;

/** A row for each id; every tenth note is the empty string. */
function rows(from: number, to: number): string {
  return `SELECT i, CASE WHEN i % 10 = 0 THEN '' ELSE 'note ' || md5(i::text) END, timestamptz '2024-01-01 00:00:00.123456+00' + i * interval '1 second',
    i / 7.0::float8, (i % 1000)::int FROM generate_series(${from}::bigint, ${to}::bigint) i`;
}

/**
 * Makes `keyed` and the same rows without a key in `keyless`, with the rows that are to be copied.
 */
export async function makeTables(url: string, { copied }: PlantedSize): Promise<void> {
  await run(url, [
    `CREATE TABLE public.keyed (${COLUMNS}, PRIMARY KEY (id))`,
    `CREATE TABLE public.keyless (${COLUMNS})`,
    'ALTER TABLE public.keyless REPLICA IDENTITY FULL',
    `INSERT INTO public.keyed ${rows(1, copied)}`,
    `INSERT INTO public.keyless ${rows(1, copied)}`,
  ]);
}

/** Adds the rows that are to be streamed. */
export async function addStreamed(url: string, { copied, streamed }: PlantedSize): Promise<void> {
  const statements: string[] = [];
  for (let from = copied + 1; from <= copied + streamed; from += PER_TRANSACTION) {
    const to = Math.min(from + PER_TRANSACTION - 1, copied + streamed);
    for (const table of ['keyed', 'keyless']) statements.push(`INSERT INTO public.${table} ${rows(from, to)}`);
  }
  await run(url, statements);
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
