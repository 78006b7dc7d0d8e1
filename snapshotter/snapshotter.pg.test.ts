import { expect, test } from 'vitest';
import { putRequest, readStage } from '../lake/control.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { listGenerations } from '../lake/snapshot-log.ts';
import { copiedRows, finishedGeneration } from '../test/support/copied-table.ts';
import { eventually } from '../test/support/eventually.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { createDatabase } from '../test/support/postgres.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { prepareLake, publishAll, startSnapshotter } from '../test/support/snapshot-source.ts';

async function finished(store: ObjectStore, table: string) {
  return eventually(() => finishedGeneration(store, table), `a finished copy of ${table}`);
}

/** A COPY has sent all it has, and nobody has asked for more. */
async function copying(database: TestDatabase): Promise<void> {
  const idle = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY %' AND state = 'idle in transaction'`;
  await eventually(async () => (await database.query(idle)).length > 0, 'a copy that was sent');
}

test('tables that exist are copied, those added later too, and finished ones are not copied again', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE one (id int PRIMARY KEY); INSERT INTO one VALUES (1), (2)');
  const store = new MemoryStore();
  const lake = await prepareLake(database, store);
  await using snapshotter = startSnapshotter({ database, store });
  const one = await finished(store, 'public.one');
  expect(await copiedRows(store, one)).toEqual([{ id: '1' }, { id: '2' }]);
  await database.query('CREATE TABLE "Two" (id int)');
  await publishAll(database, lake);
  expect(await finished(store, 'public."Two"')).toMatchObject({ generation: 1, done: { chunks: 0, rows: 0 } });
  expect((await listGenerations(store)).length).toBe(2);
  expect(snapshotter.events[0]).toEqual({ event: 'ready', role: 'snapshot' });
  expect(snapshotter.events).toContainEqual(expect.objectContaining({ event: 'progress', table: 'public.one', done: 2, unit: 'rows' }));
});

test('a table that is loaded before it gets its key, as pg_restore does it, is copied once', async () => {
  await using database = await createDatabase();
  const store = new MemoryStore();
  const lake = await prepareLake(database, store);
  await using snapshotter = startSnapshotter({ database, store });
  await eventually(() => snapshotter.events.length > 0, 'a first look');
  await database.query('CREATE TABLE loaded (id int); CREATE TABLE other (id int PRIMARY KEY)');
  // The lock of a COPY under way, without its transaction id: that would hold up the copies of all
  // tables.
  await database.query('BEGIN; LOCK TABLE loaded IN ROW EXCLUSIVE MODE');
  await publishAll(database, lake);
  await finished(store, 'public.other');
  expect((await listGenerations(store)).map(({ plan }) => plan.table)).toEqual(['public.other']);
  await database.query('COMMIT; INSERT INTO loaded VALUES (1); ALTER TABLE loaded ADD PRIMARY KEY (id)');
  await publishAll(database, lake);
  const copy = await finished(store, 'public.loaded');
  expect([copy.generation, await copiedRows(store, copy)]).toEqual([1, [{ id: '1' }]]);
});

test('a request makes the next generation and is answered; one for an unknown table is refused by name', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE one (id int PRIMARY KEY)');
  const store = new MemoryStore();
  await prepareLake(database, store);
  await using _snapshotter = startSnapshotter({ database, store });
  await finished(store, 'public.one');
  await database.query('INSERT INTO one VALUES (7)');
  const known = await putRequest(store, { kind: 'resync', table: 'public.one', tableId: null, reason: 'asked for' });
  const unknown = await putRequest(store, { kind: 'resync', table: 'public.nobody', tableId: null, reason: 'asked for' });
  expect(await eventually(() => readStage(store, { id: known, stage: 'done' }), 'an answer')).toEqual({ ok: true });
  expect(await eventually(() => readStage(store, { id: unknown, stage: 'done' }), 'an answer')).toEqual({
    ok: false,
    error: 'public.nobody is not replicated',
  });
  const again = await finished(store, 'public.one');
  expect(again).toMatchObject({ generation: 2, plan: { reason: 'asked for', requests: [known] } });
  expect(await copiedRows(store, again)).toEqual([{ id: '7' }]);
});

const REWRITES = [
  ['a column that got another type', 'ALTER TABLE one ALTER v TYPE bigint USING v + 1', 'v', '2'],
  ['a column that was added with a volatile default', 'ALTER TABLE one ADD w int DEFAULT (random() * 0)::int', 'w', '0'],
  ['a table whose rows moved', 'CLUSTER one USING one_pkey', 'v', '1'],
  ['a table that was truncated and filled again', 'TRUNCATE one; INSERT INTO one VALUES (1, 5)', 'v', '5'],
] as const;

test.each(REWRITES)('%s between snapshot and copy costs a new snapshot and no row', async (_what, ddl, column, value) => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE one (id int PRIMARY KEY, v int); INSERT INTO one VALUES (1, 1)');
  const store = new FaultyStore(new MemoryStore());
  await prepareLake(database, store);
  const altered = Promise.withResolvers<void>();
  const alter = (): void => void database.query(ddl).then(() => altered.resolve(), altered.reject);
  store.set({ on: 'put', key: /plan\.json$/, times: 1, fault: { kind: 'hold', until: altered.promise, onHeld: alter } });
  await using _snapshotter = startSnapshotter({ database, store });
  const copied = await finished(store, 'public.one');
  expect(copied.generation).toBe(2);
  expect((await copiedRows(store, copied)).map((row) => row[column])).toEqual([value]);
  expect((await listGenerations(store))[0]).toMatchObject({ generation: 1, done: null, chunks: [] });
});

test('a table that cannot be copied does not hold up the copies of others', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE bad (id int PRIMARY KEY); INSERT INTO bad VALUES (1); CREATE TABLE good (id int PRIMARY KEY)');
  const store = new FaultyStore(new MemoryStore());
  await prepareLake(database, store);
  const [row] = await database.query<{ oid: number }>(`SELECT 'bad'::regclass::oid::bigint::float8 AS oid`);
  store.set({ on: 'put', key: new RegExp(`^snapshot/${row?.oid}_1/`), fault: { kind: 'reject' } });
  await using _snapshotter = startSnapshotter({ database, store });
  await finished(store, 'public.good');
  expect(await finishedGeneration(store, 'public.bad')).toBeUndefined();
  store.heal();
  await finished(store, 'public.bad');
});

test('a table with rows that are hidden from our role waits instead of being copied without them', async () => {
  await using database = await createDatabase();
  const role = `reader_${database.name}`;
  await database.query(`CREATE ROLE ${role} LOGIN REPLICATION; CREATE TABLE hidden (id int PRIMARY KEY); INSERT INTO hidden VALUES (1);
    CREATE TABLE open (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; GRANT SELECT ON hidden, open TO ${role}`);
  const store = new MemoryStore();
  await prepareLake(database, store);
  const url = new URL(database.url);
  url.username = role;
  try {
    await using _snapshotter = startSnapshotter({ database, store, source: { url: url.href } });
    await finished(store, 'public.open');
    expect(await finishedGeneration(store, 'public.hidden')).toBeUndefined();
    await database.query(`ALTER ROLE ${role} BYPASSRLS`);
    expect(await copiedRows(store, await finished(store, 'public.hidden'))).toEqual([{ id: '1' }]);
  } finally {
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => undefined);
  }
});

test('a lock on one table holds up neither the application nor the copies of other tables', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE locked (id int PRIMARY KEY); CREATE TABLE free (id int PRIMARY KEY)');
  const store = new FaultyStore(new MemoryStore());
  await prepareLake(database, store);
  const [row] = await database.query<{ oid: number }>(`SELECT 'locked'::regclass::oid::bigint::float8 AS oid`);
  const locked = Promise.withResolvers<void>();
  const lock = (): void =>
    void database.query('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE').then(() => locked.resolve(), locked.reject);
  store.set({ on: 'put', key: new RegExp(`^snapshot/${row?.oid}_1/1/plan`), fault: { kind: 'hold', until: locked.promise, onHeld: lock } });
  await using _snapshotter = startSnapshotter({ database, store });
  await finished(store, 'public.free');
  expect(await finishedGeneration(store, 'public.locked')).toBeUndefined();
  await database.query('COMMIT');
  await finished(store, 'public.locked');
});

test('a copy that may read one byte per second waits after its first piece, and stops when it is told to', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE one (id int PRIMARY KEY); INSERT INTO one SELECT generate_series(1, 1000)');
  const store = new MemoryStore();
  await prepareLake(database, store);
  {
    await using _snapshotter = startSnapshotter({ database, store, maxRate: 1 });
    await eventually(async () => (await listGenerations(store)).length === 1, 'a plan');
    await copying(database);
  }
  expect(await listGenerations(store)).toMatchObject([{ chunks: [], done: null }]);
});

test('an answer of the store that was lost is no second chunk', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE one (id int PRIMARY KEY); INSERT INTO one VALUES (1)');
  const store = new FaultyStore(new MemoryStore());
  await prepareLake(database, store);
  store.set({ on: 'put', key: /000001\.json$/, times: 1, fault: { kind: 'failAfterWrite' } });
  await using _snapshotter = startSnapshotter({ database, store });
  const copied = await finished(store, 'public.one');
  expect(await copiedRows(store, copied)).toEqual([{ id: '1' }]);
});
