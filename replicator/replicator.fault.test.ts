import { expect, test } from 'vitest';
import { MemoryStore } from '../test/support/memory-store.ts';
import { eventually } from '../test/support/eventually.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import type { TestLake } from '../test/support/replication.ts';

const SCHEMA = 'create table items (id int primary key)';
const LIMITS = { memoryBytes: 8 << 20, maxAgeMs: 50, batchRows: 100_000, batchBytes: 4 << 20 };

/** Every id once and in order, in manifests that follow one another without gaps or overlaps. */
async function expectOnePrefix(lake: TestLake, rows: number): Promise<void> {
  const ids = (await lake.rows('public.items', rows)).map((row) => Number(row['id']));
  expect(ids).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  const manifests = await lake.manifests();
  manifests.forEach((manifest, index) => {
    expect(manifest.number).toBe(index + 1);
    if (index > 0) expect(manifest.from).toBe(manifests[index - 1]?.to);
  });
}

test('a store that rejects puts for a while loses and doubles nothing', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ schema: SCHEMA, store });
  store.set({ on: 'put', key: /^data/, times: 2, fault: { kind: 'reject' } });
  await replication.source.query('insert into items values (1)');
  store.set({ on: 'put', key: /^stream/, times: 2, fault: { kind: 'reject' } });
  await replication.source.query('insert into items values (2)');
  await expectOnePrefix(replication.lake, 2);
});

test('puts that succeed without an answer are recognised as our own', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ schema: SCHEMA, store });
  store.set({ on: 'put', key: /^(data|stream|schema|facts)/, times: 6, fault: { kind: 'failAfterWrite' } });
  for (let id = 1; id <= 4; id += 1) await replication.source.query('insert into items values ($1)', [id]);
  await expectOnePrefix(replication.lake, 4);
});

test('a slow store breaks neither the order nor the memory limit', async () => {
  const store = new FaultyStore(new MemoryStore());
  store.set({ on: 'put', fault: { kind: 'slow', ms: 20 } });
  await using replication = await startReplication({ schema: SCHEMA, store, limits: { ...LIMITS, memoryBytes: 256 << 10 } });
  await replication.source.query('insert into items select g from generate_series(1, 20000) g');
  await replication.source.query('insert into items select g from generate_series(20001, 20010) g');
  await expectOnePrefix(replication.lake, 20_010);
});

test('a transaction larger than the budget is written in parts as it arrives and made visible by one manifest', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ schema: SCHEMA, store, limits: { ...LIMITS, memoryBytes: 1 << 20 } });
  await replication.source.query('insert into items select g from generate_series(1, 30000) g');
  await expectOnePrefix(replication.lake, 30_000);
  const files = (await replication.lake.manifests()).map((manifest) => manifest.files.length).filter((count) => count > 0);
  expect(files).toEqual([expect.any(Number)]);
  expect(files[0]).toBeGreaterThan(3);
  const puts = store.calls
    .filter(({ operation, key }) => operation === 'put' && /^(data\/\d|stream)/.test(key))
    .map(({ key }) => key.split('/')[0]);
  expect(puts.filter((folder) => folder === 'data').length).toBe(files[0]);
});

test('nothing is acknowledged before its manifest is stored', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ schema: SCHEMA, store });
  await replication.lake.event('published', 'public.items');
  const { promise: until, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: onHeld } = Promise.withResolvers<void>();
  store.set({ on: 'put', key: /^stream/, times: 1, fault: { kind: 'hold', until, onHeld } });
  const [position] = await replication.source.query<{ lsn: string }>(
    'insert into items values (1) returning pg_current_wal_insert_lsn()::text as lsn',
  );
  await held;
  // The slot stays below everything that the lake does not have.
  const [slot] = await replication.source.query(
    'select confirmed_flush_lsn <= $1::pg_lsn as behind from pg_replication_slots where database = current_database()',
    [position?.lsn],
  );
  expect(slot).toEqual({ behind: true });
  release();
  await expectOnePrefix(replication.lake, 1);
});

test('while a store accepts nothing the source is released, and the session continues when the store is back', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ schema: SCHEMA, store, limits: { ...LIMITS, stallMs: 600 } });
  await replication.lake.event('published', 'public.items');
  store.set({ on: 'put', fault: { kind: 'reject' } });
  await replication.source.query('insert into items values (1)');
  const active = async (): Promise<boolean> =>
    (await replication.source.query('select 1 from pg_replication_slots where active and database = current_database()')).length > 0;
  await eventually(async () => !(await active()), 'the connection to be closed');
  await replication.source.query('insert into items values (2)');
  store.heal();
  await expectOnePrefix(replication.lake, 2);
});

test('a delayed manifest put of an ended session is fenced, and one sequence continues', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ schema: SCHEMA, store });
  const { source, lake } = replication;
  await lake.event('published', 'public.items');
  const { promise: until, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: onHeld } = Promise.withResolvers<void>();
  store.set({ on: 'put', key: /^stream/, times: 1, fault: { kind: 'hold', until, onHeld } });
  await source.query('insert into items values (1)');
  await held;
  await source.query('select pg_terminate_backend(active_pid) from pg_replication_slots where active and database = current_database()');
  await source.query('insert into items values (2)');
  await lake.rows('public.items', 2);
  release();
  await source.query('insert into items values (3)');
  await expectOnePrefix(lake, 3);
});

test('a second replicator stands by and takes over where the first one ends', async () => {
  await using replication = await startReplication({ schema: SCHEMA });
  const { source, lake } = replication;
  await source.query('insert into items values (1)');
  await lake.rows('public.items', 1);
  const first = replication.replicators[0];
  const second = replication.start();
  await source.query('insert into items values (2)');
  await lake.rows('public.items', 2);
  await first?.stop();
  await source.query('insert into items values (3)');
  await second.ready();
  await expectOnePrefix(lake, 3);
  expect(new Set((await lake.manifests()).map(({ writer }) => writer)).size).toBe(2);
});

test('a source that crashes and returns loses and doubles nothing, even if its slot went back', async () => {
  await using server = await startPostgres();
  await using replication = await startReplication({ schema: SCHEMA, server });
  for (let id = 1; id <= 20; id += 1) await replication.source.query('insert into items values ($1)', [id]);
  await replication.lake.rows('public.items', 20);
  await server.stop('immediate');
  await server.start();
  await using again = await replication.reconnect();
  await again.query('insert into items values (21)');
  await expectOnePrefix(replication.lake, 21);
});

test('an idle source can shut down at once', async () => {
  await using server = await startPostgres();
  await using replication = await startReplication({ schema: SCHEMA, server });
  await replication.lake.event('published', 'public.items');
  await server.stop('fast');
  await server.start();
  await using again = await replication.reconnect();
  await again.query('insert into items values (1)');
  await expectOnePrefix(replication.lake, 1);
});
