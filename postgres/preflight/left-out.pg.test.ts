import { expect, test } from 'vitest';
import { createDatabase } from '../../test/support/postgres.ts';
import type { CheckItem } from './check-item.ts';
import { connect } from '../session/connect.ts';
import { readLeftOut } from './left-out.ts';

test('objects without changes in the stream are named once for the database', async () => {
  await using database = await createDatabase();
  await using connection = await connect({ url: database.url });
  const leftOut = async (): Promise<CheckItem> => readLeftOut(connection);
  await database.query('create table serials (id serial primary key, other int generated always as identity)');
  expect(await leftOut()).toMatchObject({ value: 'nothing', verdict: 'ok' });
  const [object] = await database.query<{ oid: number }>('select lo_create(0) as oid');
  await database.query('create materialized view "M v" as select 1 as one; create sequence s');
  expect(await leftOut()).toMatchObject({
    verdict: 'warn',
    value: 'materialized view public."M v", sequence public.s, 1 large objects',
    fix: expect.stringMatching(/materialized views: .*\n.*sequences: .*\n.*lo_get/),
  });
  await database.query('drop materialized view "M v"; drop sequence s');
  await database.query('select lo_unlink($1)', [object?.oid]);
  expect(await leftOut()).toMatchObject({ value: 'nothing' });
});
