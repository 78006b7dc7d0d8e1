import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { keepShop } from './shop-keeper.ts';

async function keptUntil(url: string, isDone: () => Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const kept = keepShop({ url, rows: 1000, rate: 500, signal: stop.signal, log: silentLogger(), onOpen: () => undefined });
  const ended = kept.then(() => Promise.reject(new Error('the shop closed')));
  ended.catch(() => undefined);
  await Promise.race([eventually(isDone, 'traffic'), ended]);
  stop.abort();
  await kept;
}

test('a shop opens in a given Postgres, again after a stop, and after it was left unfinished', async () => {
  await using database = await createDatabase();
  const count = async (table: string): Promise<number> =>
    Number((await database.query(`select count(*) as n from ${table} where id > 1000000000`))[0]?.['n']);
  const isBusy = async (): Promise<boolean> => (await count('orders').catch(() => 0)) > 0;
  await keptUntil(database.url, isBusy);
  const before = await count('events');
  await keptUntil(database.url, async () => (await count('events')) > before + 100);

  await database.query(`comment on table staging is 'shop of tailrace demo: unfinished'`);
  const mark = async (): Promise<unknown> => (await database.query("select obj_description(to_regclass('staging')) as mark"))[0]?.['mark'];
  await keptUntil(database.url, async () => (await mark()) !== 'shop of tailrace demo: unfinished' && (await isBusy()));
  expect(await mark()).toBe('shop of tailrace demo: 1000 rows');
});

test('tables of the same names that are not the shop stay as they are', async () => {
  await using database = await createDatabase();
  await database.query('create table orders (id int)');
  await expect(keptUntil(database.url, () => Promise.resolve(false))).rejects.toThrow(
    "BAD_ARGUMENT: the database of --source has a table public.orders that is not the shop's. Name an empty database.",
  );
});
