import pg from 'pg';
import { expect, test } from 'vitest';
import { chosenVersion } from './postgres-version.ts';
import { createDatabase, majorOf, startPostgres } from './postgres.ts';

test('the shared server is one that can replicate logically', async () => {
  await using database = await createDatabase();
  expect(await database.query('show wal_level')).toEqual([{ wal_level: 'logical' }]);
});

test('a server of the test is of the major of this run, and is back with its rows after a crash', async () => {
  await using server = await startPostgres();
  const before = new pg.Client({ connectionString: server.url });
  before.on('error', () => undefined);
  await before.connect();
  expect(await majorOf({ query: async (sql) => (await before.query(sql)).rows })).toBe(chosenVersion());
  await before.query('create table t as select 7 as x');
  await server.stop('immediate');
  await server.start();
  const after = new pg.Client({ connectionString: server.url });
  await after.connect();
  expect((await after.query('select x from t')).rows).toEqual([{ x: 7 }]);
  await after.end();
});
