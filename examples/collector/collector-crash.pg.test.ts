import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../../test/support/postgres.ts';
import { endure } from './endure.ts';

test('every id that was answered 202 is in the table once, after collector and Postgres were killed', async () => {
  await using postgres = await startPostgres();
  const kills: string[] = [];
  const { answered, made, failed } = await endure({
    postgres,
    seconds: 3,
    rate: 2_000,
    killCollectorAtMs: [500, 2_200],
    killPostgresAtMs: [1_200],
    say: (line) => kills.push(line),
  });
  expect(kills).toHaveLength(3);
  expect(failed).toBeGreaterThan(0);
  expect(answered.size).toBe(made);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id::text from client_events');
  await client.end();
  expect(rows.map(({ id }) => id).toSorted()).toEqual([...answered].toSorted());
});
