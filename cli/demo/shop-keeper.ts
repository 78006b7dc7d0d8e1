import pg from 'pg';
import { TailraceError } from '../../core/errors.ts';
import { abortableSleep } from '../../core/loop.ts';
import type { Log } from '../../core/log.ts';
import { makeShop } from './shop-history.ts';
import { SHOP_TABLE_NAMES, shopSize } from './shop-schema.ts';
import { startTraffic } from './shop-traffic.ts';

export interface ShopKeeperOptions {
  /** Connection string of the Postgres that gets the shop. */
  readonly url: string;
  /** Events in the history of a new shop. */
  readonly rows: number;
  /** Rows changed per second. */
  readonly rate: number;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called each time the traffic starts. */
  readonly onOpen: (rows: number) => void;
}

const AGAIN_MS = 1_000;
/** The comment on the table `staging`: it marks a shop as ours, and says whether it is complete. */
const MARK = 'shop of tailrace demo';
const UNFINISHED = `${MARK}: unfinished`;

/**
 * Keeps a shop in a given Postgres busy until the signal is aborted: creates it where it is
 * missing, then changes its rows. A shop that was left unfinished is created again; one that is
 * there keeps its size. While the server is away it waits. Throws BAD_ARGUMENT when tables of the
 * shop's names are there and are not the shop's.
 */
export async function keepShop(options: ShopKeeperOptions): Promise<void> {
  const { signal, log } = options;
  while (!signal.aborted) {
    try {
      await openShop(options);
    } catch (error) {
      if (error instanceof TailraceError) throw error;
      if (!signal.aborted) log.warn({ error: String(error) }, 'the shop is closed until its database answers');
    }
    await abortableSleep(AGAIN_MS, signal);
  }
}

async function openShop({ url, rows, rate, signal, log, onOpen }: ShopKeeperOptions): Promise<void> {
  let made = await rowsOf(url);
  if (made === null) {
    log.info({ rows }, 'creating the shop');
    await makeShop(url, shopSize(rows), () => undefined, { signal, mark: UNFINISHED });
    await inSession(url, (client) => client.query(`comment on table staging is '${MARK}: ${rows} rows'`));
    made = rows;
  }
  const traffic = startTraffic(url, shopSize(made), rate, await firstTurn(url));
  onOpen(made);
  while (!signal.aborted && !traffic.hasFailed()) await abortableSleep(AGAIN_MS, signal);
  await traffic.stop();
}

/**
 * Rows of the history of the shop that is there; null: there is none. Removes an unfinished one.
 */
async function rowsOf(url: string): Promise<number | null> {
  return inSession(url, async (client) => {
    const marked = await client.query<{ mark: string | null }>(`select obj_description(to_regclass('public.staging')) as mark`);
    const mark = marked.rows[0]?.mark ?? '';
    const whole = new RegExp(`^${MARK}: (\\d+) rows$`).exec(mark);
    if (whole !== null) return Number(whole[1]);
    if (mark === UNFINISHED) await client.query(`drop table ${SHOP_TABLE_NAMES.join(', ')}; drop type order_state`);
    const taken = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename = any($1) order by 1`,
      [SHOP_TABLE_NAMES],
    );
    const [first] = taken.rows;
    if (first !== undefined)
      throw new TailraceError('BAD_ARGUMENT', `the database of --source has a table public.${first.name} that is not the shop's`, {
        hint: 'Name an empty database.',
      });
    return null;
  });
}

/** A turn whose ids no earlier traffic has used: those before it are 20 apart. */
async function firstTurn(url: string): Promise<number> {
  const { rows } = await inSession(url, (client) =>
    client.query<{ turn: string }>(
      `select coalesce(max(id % 1000000000), 0) / 20 + 1 as turn from (select id from orders union all select id from events union all select id from staging) t where id > 1000000000`,
    ),
  );
  return Number(rows[0]?.turn ?? 0);
}

async function inSession<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
