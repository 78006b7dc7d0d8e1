import { NO_RULES } from '../../test/support/no-rules.ts';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { readEpochs } from '../../lake/epoch.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { connect } from '../../postgres/session/connect.ts';
import { createSlot } from '../../postgres/slot/slot.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { startReplication } from '../../test/support/replication.ts';
import type { Replication, ReplicationOptions } from '../../test/support/replication.ts';
import { beginEpoch } from './epoch-start.ts';
import { SourceCatalog } from '../catalog/source-catalog.ts';

const SCHEMA = 'create table items (id int primary key)';

/** A lake with one streamed row, whose replicator has stopped. */
async function stopped(options: ReplicationOptions = {}): Promise<Replication & { slot: string }> {
  const replication = await startReplication({ schema: SCHEMA, ...options });
  await replication.source.query('insert into items values (1)');
  await replication.lake.rows('public.items', 1);
  await replication.stop();
  return Object.assign(replication, { slot: (await openLake(replication.lake.store, null)).name });
}

test.each([0, 1, 2])('a start that crashed after %i of its first three steps is finished by the next one', async (steps) => {
  const store = new MemoryStore();
  await using replication = await startReplication({
    schema: SCHEMA,
    store,
    before: async (url) => {
      await using connection = await connect({ url });
      const { systemId, database } = await identifySystem(connection);
      const lake = await openLake(store, { systemId, database });
      const catalog = new SourceCatalog(connection, { name: lake.name, tables: null, rules: NO_RULES });
      if (steps > 0) await catalog.publish(await catalog.chosen());
      if (steps > 1) await createSlot({ url }, lake.name);
    },
  });
  await replication.source.query('insert into items values (1)');
  await replication.lake.rows('public.items', 1);
  expect(await readEpochs(store)).toMatchObject([{ epoch: 1 }]);
  expect(
    await replication.source.query('select count(*)::int as slots from pg_replication_slots where database = current_database()'),
  ).toEqual([{ slots: 1 }]);
});

test('a restart goes on where the last manifest ends', async () => {
  await using replication = await stopped();
  const last = await replication.lake.last();
  await replication.source.query('insert into items values (2)');
  await replication.start().ready();
  await replication.lake.rows('public.items', 2);
  expect((await replication.lake.manifests())[last.number]?.from).toBe(last.to);
});

test.each<[string, (replication: Replication & { slot: string }) => Promise<unknown>, RegExp]>([
  ['a slot that is gone is lost', ({ source, slot }) => source.query('select pg_drop_replication_slot($1)', [slot]), /^SLOT_LOST/],
  [
    'a slot that someone advanced is a gap',
    async ({ source, slot }) => {
      await source.query('insert into items values (2)');
      return source.query('select pg_replication_slot_advance($1, pg_current_wal_lsn())', [slot]);
    },
    /^GAP/,
  ],
  ['a publication that was dropped is a gap', ({ source, slot }) => source.query(`drop publication ${slot}`), /^PUBLICATION_LOST/],
  [
    'a publication that was created again is a gap',
    ({ source, slot }) => source.query(`drop publication ${slot}; create publication ${slot} for table items`),
    /^PUBLICATION_LOST/,
  ],
])('%s, and the message says what to do', async (_name, spoil, message) => {
  await using replication = await stopped();
  await spoil(replication);
  const failure = await replication
    .start()
    .ready()
    .catch((error: unknown) => error);
  expect(String(failure)).toMatch(new RegExp(`${message.source.slice(1)}: .*resync --all`));
});

test('another database behind the URL is not taken for the source of the lake', async () => {
  await using replication = await stopped();
  await using other = await createDatabase();
  const failure = await replication
    .start({ source: { url: other.url } })
    .ready()
    .catch((error: unknown) => error);
  expect(String(failure)).toMatch(/LAKE_OF_ANOTHER_SOURCE/);
});

test('a publication that is dropped while it is streamed ends the replicator', async () => {
  await using replication = await startReplication({ schema: SCHEMA });
  await replication.lake.event('published', 'public.items');
  const { name } = await openLake(replication.lake.store, null);
  await replication.source.query(`drop publication ${name}`);
  expect(String(await replication.replicators[0]?.ended)).toMatch(/PUBLICATION_LOST/);
});

test('a new epoch recovers from a gap: a new slot, new table ids, and manifests that continue', async () => {
  await using replication = await stopped();
  const { source, lake, slot } = replication;
  const before = await lake.last();
  await source.query('select pg_drop_replication_slot($1)', [slot]);
  const epoch = await beginEpoch({ source: { url: source.url }, store: lake.store, rules: NO_RULES, log: silentLogger() });
  expect(epoch).toMatchObject({ epoch: 2, slot });
  await replication.start().ready();
  await source.query('insert into items values (2)');
  const rows = await lake.rows('public.items', 2);
  expect(rows.map((row) => row['id'])).toEqual(['1', '2']);
  const next = (await lake.manifests())[before.number];
  expect(next).toMatchObject({ epoch: 2, from: epoch.consistentPoint, number: before.number + 1 });
  const ids = (await lake.manifests()).flatMap(({ files }) => files.map(({ tableId }) => tableId.split('_')[1]));
  expect(ids).toEqual(['1', '2']);
});

test('told to, it begins a new epoch by itself when changes are missing', async () => {
  await using replication = await stopped();
  await replication.source.query('select pg_drop_replication_slot($1)', [replication.slot]);
  await replication.start({ onGap: 'resync' }).ready();
  await replication.source.query('insert into items values (2)');
  await replication.lake.rows('public.items', 2);
  expect(await readEpochs(replication.lake.store)).toMatchObject([{ epoch: 1 }, { epoch: 2 }]);
});

test('gaps are answered by new epochs three times a day, even if each start is another process', async () => {
  await using replication = await stopped();
  const { source, slot, lake } = replication;
  for (let answered = 1; answered <= 3; answered += 1) {
    await source.query('select pg_drop_replication_slot($1)', [slot]);
    await replication.start({ onGap: 'resync' }).ready();
    await replication.stop();
  }
  await source.query('select pg_drop_replication_slot($1)', [slot]);
  const failure = await replication
    .start({ onGap: 'resync' })
    .ready()
    .catch((error: unknown) => error);
  expect(String(failure)).toMatch(/SLOT_LOST: .*3 gaps were already answered within a day/);
  expect((await readEpochs(lake.store)).map(({ answeredGapAt }) => answeredGapAt !== undefined)).toEqual([false, true, true, true]);
});

test('an idle source stays fresh and its slot goes on', async () => {
  await using replication = await startReplication({ schema: SCHEMA });
  const { lake, source } = replication;
  await lake.event('published', 'public.items');
  await replication.beats(3);
  const beats = (await lake.manifests()).filter(({ heartbeat }) => heartbeat);
  expect(beats.every(({ commitTimes }) => commitTimes !== null)).toBe(true);
  await replication.stop();
  await replication.slotAt((await lake.last()).to);
  expect(await source.query('select count(*)::int as rows from items')).toEqual([{ rows: 0 }]);
});
