import { currentLsn, type Source } from './source.ts';

/** The table whose one row waits when the start of a contender is measured. */
export const ONE = 'one';

/** Makes that table. */
export async function makeOne({ client }: Source): Promise<void> {
  await client.query(`create table ${ONE} (id int primary key, n bigint)`);
  await client.query(`insert into ${ONE} values (1, 0)`);
}

/** One changed row waits in every slot whose lake has the table; returns where the WAL ends. */
export async function changeOne({ client }: Source): Promise<string> {
  await client.query(`update ${ONE} set n = n + 1`);
  return currentLsn(client);
}
