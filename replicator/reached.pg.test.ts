import { expect, test } from 'vitest';
import { openLake } from '../lake/lake-identity.ts';
import { parseLsn } from '../core/lsn.ts';
import { eventually } from '../test/support/eventually.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { startReplication } from '../test/support/replication.ts';
import type { Replication } from '../test/support/replication.ts';

/** After the first one, no heartbeat comes by itself. */
const NEVER = { schema: 'create table items (id int primary key)', heartbeatMs: 3_600_000 };

/** What the source knows of its reader. */
interface Told {
  readonly written: bigint;
  readonly confirmed: bigint;
  readonly replied: Date;
}

async function told({ source, lake }: Replication): Promise<Told> {
  const { name } = await openLake(lake.store, null);
  const [row] = await source.query<{ written: string | null; confirmed: string; replied: Date }>(
    `select write_lsn::text as written, confirmed_flush_lsn::text as confirmed, reply_time as replied
       from pg_replication_slots join pg_stat_replication on pid = active_pid where slot_name = $1`,
    [name],
  );
  return { written: parseLsn(row?.written ?? '0/0'), confirmed: parseLsn(row?.confirmed ?? '0/0'), replied: row?.replied ?? new Date(0) };
}

async function lsnOf({ source }: Replication, sql: string): Promise<bigint> {
  const [row] = await source.query<{ lsn: string }>(`select ${sql}::text as lsn`);
  return parseLsn(row?.lsn ?? '0/0');
}

test('a message that nobody waits for is read, and is neither a manifest nor acknowledged', async () => {
  await using replication = await startReplication(NEVER);
  // What a start does makes manifests of its own, perhaps still now.
  const passed = await eventually(async () => {
    const quiet = await lsnOf(replication, `pg_logical_emit_message(true, 'tailrace', 'quiet')`);
    await eventually(async () => (await told(replication)).written > quiet, 'the message to be read');
    const [{ to }, { confirmed }] = [await replication.lake.last(), await told(replication)];
    return confirmed === parseLsn(to) && confirmed < quiet;
  }, 'a message that is read, but neither stored nor acknowledged');
  expect(passed).toBe(true);
});

test('nothing is told as read from a change on that is not in the lake yet', async () => {
  const store = new FaultyStore(new MemoryStore());
  await using replication = await startReplication({ ...NEVER, store });
  await eventually(async () => (await replication.lake.manifests()).length > 0, 'the first heartbeat');
  const before = await lsnOf(replication, 'pg_current_wal_insert_lsn()');
  const held = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  store.set({ on: 'put', key: /^stream\//, fault: { kind: 'hold', until: free.promise, onHeld: () => held.resolve() } });
  await replication.source.query('insert into items values (1)');
  await held.promise;
  await lsnOf(replication, `pg_logical_emit_message(true, 'other', 'later')`);
  const { replied } = await told(replication);
  await eventually(async () => (await told(replication)).replied > replied, 'a later status');
  expect((await told(replication)).written).toBeLessThanOrEqual(before);
  const after = await lsnOf(replication, 'pg_current_wal_insert_lsn()');
  free.resolve();
  await eventually(async () => (await told(replication)).written >= after, 'everything to be read');
  await replication.lake.rows('public.items', 1);
});

test('the catalog is looked at more often than a heartbeat becomes a manifest', async () => {
  await using replication = await startReplication({ ...NEVER, lookMs: 100 });
  for (const name of ['one', 'two', 'three']) {
    await replication.source.query(`create table ${name} (id int primary key)`);
    await replication.lake.event('published', `public.${name}`);
  }
  const heartbeats = (await replication.lake.manifests()).filter(({ heartbeat }) => heartbeat);
  // The first one, and one for each new table that a look met between two queries for its key.
  expect(heartbeats.length).toBeLessThanOrEqual(4);
});
