import pg from 'pg';
import { historyRows, SHOP_KEYS, SHOP_TABLES, shopHistory } from './shop-schema.ts';
import type { ShopSize } from './shop-schema.ts';

/**
 * Creates the shop and its history in two sessions at once. `progress` gets the rows so far and
 * their total. Stops between statements when the signal is aborted. With a `mark`, the tables
 * appear together with that comment on `staging`.
 */
export async function makeShop(
  url: string,
  size: ShopSize,
  progress: (rows: number, total: number) => void,
  { signal, mark = null }: { readonly signal: AbortSignal; readonly mark?: string | null },
): Promise<void> {
  const plans = shopHistory(size);
  const total = historyRows(size);
  let rows = 0;
  await inSession(url, (client) => client.query(mark === null ? SHOP_TABLES : `${SHOP_TABLES} comment on table staging is '${mark}'`));
  await Promise.all(
    plans.map((steps) =>
      inSession(url, async (client) => {
        for (const step of steps) {
          signal.throwIfAborted();
          await client.query(step.sql);
          rows += step.rows;
          progress(rows, total);
        }
      }),
    ),
  );
  await inSession(url, async (client) => {
    for (const key of SHOP_KEYS) {
      signal.throwIfAborted();
      await client.query(key);
    }
    await client.query('analyze');
  });
}

async function inSession(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
