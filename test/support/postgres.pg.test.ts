import { expect, test } from 'vitest';
import { createDatabase, startPostgres } from './postgres.ts';

test('the shared server is one that can replicate logically', async () => {
  await using database = await createDatabase();
  expect(await database.query('show wal_level')).toEqual([{ wal_level: 'logical' }]);
});

test('a server of the test is back with its rows after a crash', async () => {
  await using server = await startPostgres();
  {
    await using database = await createDatabase(server);
    await database.query('create table t (x int)');
    await database.query('insert into t values (7)');
    await server.stop('immediate');
    await server.start();
  }
  expect(server.url).toContain(String(server.port));
});
