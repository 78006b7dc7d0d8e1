import { expect, test } from 'vitest';
import { connect } from '../../postgres/session/connect.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { readChosenSize } from './chosen-size.ts';

const PAGE = 8192;

test('the size of a source is that of the chosen tables with their partitions, as they are on disk', async () => {
  await using database = await createDatabase();
  await database.query(`create table small (id int primary key);
    create table large (id int primary key, note text);
    insert into large select g, repeat('x', 1000) from generate_series(1, 1000) g;
    create table parts (id int primary key) partition by range (id);
    create table part partition of parts for values from (0) to (10)`);
  await using connection = await connect({ url: database.url }, { role: 'sql' });
  const all = await readChosenSize(connection, null);
  const large = await readChosenSize(connection, ['public.large']);
  const others = await readChosenSize(connection, ['public.*', '!public.large']);
  expect([all.tables, large.tables, others.tables]).toEqual([3, 1, 2]);
  expect(large.bytes).toBeGreaterThan(1000 * 1000);
  expect(others.bytes).toBeLessThan(large.bytes);
  expect(all.bytes).toBe(large.bytes + others.bytes);
});

test("a table that is locked counts with the planner's estimate", async () => {
  await using database = await createDatabase();
  await database.query(`create table t (id int primary key); insert into t select generate_series(1, 1000); analyze t`);
  await using connection = await connect({ url: database.url }, { role: 'sql' });
  const [{ pages } = { pages: 0 }] = await database.query<{ pages: number }>(`select relpages as pages from pg_class where relname = 't'`);
  await database.query('begin; lock table t in access exclusive mode');
  expect(await readChosenSize(connection, ['public.t'])).toEqual({ tables: 1, bytes: pages * PAGE });
  await database.query('rollback');
});
