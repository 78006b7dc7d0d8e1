import { expect, test } from 'vitest';
import { startReplication } from '../test/support/replication.ts';

test('inserts, updates and deletes of a table become batches in the lake, and the slot follows them exactly', async () => {
  await using replication = await startReplication({ schema: 'create table items (id int primary key, name text)' });
  const { source, lake } = replication;
  await source.query(`insert into items values (1, 'a'), (2, 'b')`);
  await source.query(`update items set name = 'c' where id = 1`);
  await source.query('delete from items where id = 2');
  await source.query('update items set id = 7 where id = 1');
  const rows = await lake.rows('public.items', 6);
  expect(rows.map((row) => [row['_tr_op'], row['_tr_ordinal'], row['id'], row['name']])).toEqual([
    ['I', '1', '1', 'a'],
    ['I', '2', '2', 'b'],
    ['U', '1', '1', 'c'],
    ['D', '1', '2', null],
    ['D', '1', '1', null],
    ['U', '2', '7', 'c'],
  ]);
  await replication.slotAt((await lake.last()).to);
});
