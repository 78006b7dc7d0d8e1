import { expect, test } from 'vitest';
import { connect } from '../postgres/session/connect.ts';
import { startReplication } from '../test/support/replication.ts';

const OBJECTS = `select (select count(*) from pg_class)::int as relations, (select count(*) from pg_trigger)::int as triggers,
  (select count(*) from pg_event_trigger)::int as event_triggers, (select count(*) from pg_proc)::int as functions,
  (select count(*) from pg_extension)::int as extensions, (select count(*) from pg_namespace)::int as schemas,
  (select count(*) from pg_attribute)::int as columns, (select array_agg(relreplident::text order by oid) from pg_class) as identities`;

test('only a slot and two publications are created in the source, and no table is altered', async () => {
  let before: object | undefined;
  await using replication = await startReplication({
    schema: 'create table keyed (id int primary key, note text); create table keyless (n int)',
    before: async (url) => {
      await using connection = await connect({ url });
      [before] = await connection.query(OBJECTS);
    },
  });
  const { source, lake } = replication;
  await source.query('insert into keyed values (1); update keyed set note = $$x$$; delete from keyed; insert into keyless values (1)');
  await source.query('update keyless set n = 2; delete from keyless');
  await lake.rows('public.keyed', 3);
  expect(await source.query(OBJECTS)).toEqual([before]);
  expect(
    await source.query(`select (select count(*) from pg_publication)::int as publications,
      (select count(*) from pg_replication_slots where database = current_database())::int as slots`),
  ).toEqual([{ publications: 2, slots: 1 }]);
});
