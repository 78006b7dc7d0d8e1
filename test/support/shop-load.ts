import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/**
 * Tables that between them have every way a change can be awkward: TOASTed columns, changing keys,
 * no key, no key but FULL, truncation.
 */
export const SHOP_SCHEMA = `
  create table customers (id bigint primary key, email text, balance numeric(12,2), bio text, tags text[], born date, seen timestamptz default now());
  create table orders (id int primary key, customer bigint, state text, total numeric(12,2), placed timestamp default now());
  create table visits (at timestamptz default clock_timestamp(), page text);
  create table readings (sensor int, value float8); alter table readings replica identity full;
  create table staging (id int primary key, payload jsonb);
  alter table customers alter bio set storage external;
  insert into customers select g, 'c' || g || '@shop.test', g * 1.25, repeat(md5(g::text), 100), array['a', null, g::text], date '2000-01-01' + (g % 9000)::int from generate_series(1, 2000) g;
  insert into orders select g, 1 + g % 2000, 'new', g from generate_series(1, 5000) g;
  insert into visits (page) select 'p' || g % 7 from generate_series(1, 1000) g;
  insert into readings select g % 10, 0.5 from generate_series(1, 500) g;
`;

/** Between two transactions of a session, so that the load is what it is on a slow machine too. */
const PAUSE_MS = 4;

/**
 * Live traffic on the shop; `stop` ends it and resolves with the number of committed transactions.
 */
export interface Load {
  readonly committed: () => number;
  stop(): Promise<number>;
}

/**
 * Starts sessions that change the shop as fast as they can, each statement its own transaction; a
 * lost connection is opened again.
 */
export function startLoad(url: string, sessions = 2, seed = 1): Load {
  const abort = new AbortController();
  let committed = 0;
  const done = Promise.all(
    Array.from({ length: sessions }, (_, index) => session(url, abort.signal, seed * 7919 + index, () => (committed += 1))),
  );
  return {
    committed: () => committed,
    async stop() {
      abort.abort();
      await done;
      return committed;
    },
  };
}

async function session(url: string, signal: AbortSignal, seed: number, committedOne: () => void): Promise<void> {
  const random = generator(seed);
  while (!signal.aborted) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      while (!signal.aborted) {
        await client.query(statement(random));
        committedOne();
        await sleep(PAUSE_MS);
      }
    } catch (error) {
      if (!(error instanceof Error) || (error as { code?: string }).code === '42601') throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function statement(random: (below: number) => number): string {
  const customer = 1 + random(2000);
  const kinds = [
    () => `update customers set balance = balance + 1, seen = now() where id = ${customer}`,
    () => `update customers set bio = repeat(md5('${random(1e9)}'), 90) where id = ${customer}`,
    () =>
      `update customers set id = id + 100000 where id = ${customer} and not exists (select from customers where id = ${customer + 100000})`,
    () =>
      `update customers set id = id - 100000, balance = 0 where id = ${customer + 100000} and not exists (select from customers where id = ${customer})`,
    () => `insert into orders select max(id) + 1, ${customer}, 'new', ${random(10000)} / 100.0 from orders on conflict do nothing`,
    () => `update orders set state = 'paid' where id = ${1 + random(5000)}`,
    () => `delete from orders where id = ${1 + random(5000)}`,
    () => `insert into visits (page) values ('p${random(9)}')`,
    () => `insert into readings select ${random(10)}, 0.5 from generate_series(1, 3)`,
    () => `delete from readings where ctid in (select ctid from readings where sensor = ${random(10)} limit 2)`,
    () => `insert into staging values (${random(500)}, '{"a": ${random(99)}}') on conflict (id) do update set payload = excluded.payload`,
    () =>
      random(20) === 0 ? 'truncate staging' : `update orders set total = total + 0.01 where id between ${random(5000)} and ${random(5000)}`,
    () =>
      `begin; insert into staging values (${1000 + random(1e8)}, '[]'); savepoint s; delete from staging where id < 100; rollback to s; update customers set balance = 1 where id = ${customer}; commit`,
  ];
  return (kinds[random(kinds.length)] ?? kinds[0])?.() ?? '';
}

/** Numbers below a bound, the same for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
