import { expect, test } from 'vitest';
import { controlKey } from '../../lake/keys.ts';
import { MESSAGE_PREFIX } from '../../postgres/session/system.ts';
import { collect } from '../../test/support/collect.ts';
import { startEagerServer } from '../../test/support/servers/eager-server.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startReplication } from '../../test/support/replication.ts';
import type { Replication } from '../../test/support/replication.ts';

/** Enough for every major to send it before its end. */
const MANY = 2000;
const insert = (from: number): string => `insert into items select g, repeat('x', 100) from generate_series(${from}, ${from + MANY - 1}) g`;

async function start(server: { url: string }): Promise<Replication> {
  const replication = await startReplication({ server, schema: 'create table items (id int primary key, name text)' });
  await replication.lake.event('published', 'public.items');
  return replication;
}

async function ids({ lake }: Replication, count: number): Promise<number[]> {
  return (await lake.rows('public.items', count)).map(({ id }) => Number(id));
}

/** Data objects that no manifest names. */
async function unnamed({ lake }: Replication): Promise<string[]> {
  const named = new Set((await lake.manifests()).flatMap(({ files }) => files.map(({ path }) => path)));
  return (await collect(lake.store.list('data/'))).map(({ key }) => key).filter((key) => !named.has(key));
}

/**
 * Opens a transaction that has more rows than are held in memory, so that files of it are written.
 */
async function beginLarge(replication: Replication): Promise<void> {
  await replication.source.query('begin');
  for (let from = 1; (await unnamed(replication)).length === 0; from += MANY) await replication.source.query(insert(from));
}

test('a transaction reaches the lake while it runs, others pass it, and it becomes visible at its commit', async () => {
  await using server = await startEagerServer();
  await using replication = await start(server);
  const { source, lake } = replication;
  await using other = await replication.reconnect();
  await beginLarge(replication);
  await other.query('insert into items values (-1)');
  expect(await ids(replication, 1)).toEqual([-1]);
  const open = await lake.last();
  await eventually(async () => (await lake.last()).number > open.number, 'a heartbeat beside the open transaction');
  const [counted] = await source.query<{ count: string }>('select count(*) as count from items');
  const count = counted?.count ?? '0';
  await source.query('commit');
  const rows = await ids(replication, Number(count));
  expect(new Set(rows).size).toBe(Number(count));
  const files = (await lake.manifests()).filter(({ number }) => number > open.number).flatMap(({ files: all }) => all);
  expect(files.length).toBeGreaterThan(1);
  expect(new Set(files.map(({ topXid }) => topXid)).size).toBe(1);
  expect(new Set(files.map(({ commitLsn }) => commitLsn)).size).toBe(1);
  const [spilled] = await eventually(
    async () => {
      const found = await source.query<{ spill: string; stream: string }>(
        'select spill_txns::text as spill, stream_txns::text as stream from pg_stat_replication_slots',
      );
      return found.some(({ stream }) => stream !== '0') ? found : null;
    },
    'the statistics of the slot',
    60_000,
  );
  expect(spilled?.spill).toBe('0');
});

test('a writer deletes the files of a transaction that is rolled back', async () => {
  await using server = await startEagerServer();
  await using replication = await start(server);
  const { source } = replication;
  await beginLarge(replication);
  await source.query('rollback');
  await source.query('insert into items values (-1)');
  expect(await ids(replication, 1)).toEqual([-1]);
  await eventually(async () => (await unnamed(replication)).length === 0, 'the files of the transaction to be gone');
});

test('a writer deletes the files of a session that ended in the middle of a transaction', async () => {
  await using server = await startEagerServer();
  await using replication = await start(server);
  const { source } = replication;
  await using other = await replication.reconnect();
  await beginLarge(replication);
  const before = new Set(await unnamed(replication));
  await other.query('select pg_terminate_backend(active_pid) from pg_replication_slots where active and database = current_database()');
  // The next session gets the transaction again, and writes files of its own for it.
  await eventually(async () => (await unnamed(replication)).every((key) => !before.has(key)), 'the files of the session to be gone');
  await source.query('rollback');
  await eventually(async () => (await unnamed(replication)).length === 0, 'the files of the transaction to be gone');
  expect((await replication.lake.manifests()).flatMap(({ files }) => files)).toEqual([]);
});

/** After this many rows, a later transaction is taken while it runs. */
async function isStreamedAfter(replication: Replication, rows: number): Promise<boolean> {
  const { source, lake } = replication;
  const streamed = async (): Promise<(number | undefined)[]> =>
    (await lake.manifests()).flatMap(({ files }) => files).flatMap(({ topXid }) => topXid ?? []);
  const before = new Set(await streamed());
  let count = rows;
  // The session that takes all transactions whole may still get the first one on its way out.
  return eventually(async () => {
    await source.query('begin');
    await source.query(insert(1 + count));
    await source.query('commit');
    count += MANY;
    expect(await ids(replication, count)).toHaveLength(count);
    return (await streamed()).some((xid) => xid !== undefined && !before.has(xid));
  }, 'a transaction that was taken while it ran');
}

const JUDGED_LATE = [
  ['a table gets another shape', 'alter table items add more int default 7', 1 + 2 * MANY],
  ['a table is truncated', 'truncate items', 2 + 2 * MANY],
] as const;

test.each(JUDGED_LATE)(
  'a transaction in which %s is taken whole at its commit, and later ones are taken while they run',
  async (_what, sql, rows) => {
    await using server = await startEagerServer();
    await using replication = await start(server);
    const { source } = replication;
    await source.query('insert into items values (-1)');
    await source.query('begin');
    await source.query(insert(1));
    await source.query(sql);
    await source.query(insert(1 + MANY));
    await source.query('commit');
    expect(await ids(replication, rows)).toHaveLength(rows);
    expect(await isStreamedAfter(replication, rows)).toBe(true);
  },
);

test('a transaction that has to be taken whole and is rolled back keeps no later one from being taken while it runs', async () => {
  await using server = await startEagerServer();
  await using replication = await start(server);
  const { source } = replication;
  await using other = await replication.reconnect();
  await source.query('begin');
  await source.query(insert(1));
  await source.query('truncate items');
  await source.query(insert(1));
  await eventually(async () => (await whole(other)) > 0, 'a session that takes transactions whole');
  await source.query('rollback');
  expect(await isStreamedAfter(replication, 0)).toBe(true);
});

/** Streams of the server that send transactions only at their commit. */
async function whole(source: Replication['source']): Promise<number> {
  const [row] = await source.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where query like 'START_REPLICATION%' and query not like '%streaming%'`,
  );
  return row?.count ?? 0;
}

test('a replicator that ends in the middle of a transaction gets all of it again, once', async () => {
  await using server = await startEagerServer();
  await using replication = await start(server);
  const { source } = replication;
  await beginLarge(replication);
  await replication.stop();
  expect(await unnamed(replication)).toEqual([]);
  await source.query('insert into items values (-1)');
  const [counted] = await source.query<{ count: string }>('select count(*) as count from items');
  const count = counted?.count ?? '0';
  replication.start();
  await source.query('commit');
  expect(new Set(await ids(replication, Number(count))).size).toBe(Number(count));
});

test('who asked for a look at the catalog is answered though the session ends that heard it', async () => {
  await using server = await startEagerServer();
  await using replication = await start(server);
  const { source, lake } = replication;
  await using other = await replication.reconnect();
  for (let round = 1; round <= 5; round += 1) {
    const question = `select pg_logical_emit_message(true, '${MESSAGE_PREFIX}', 'look:look-${round}')`;
    // Only whole, and what comes right after it is in its batch: with that the session ends.
    await Promise.all([source.query(`begin; ${insert(1)}; truncate items; commit`), other.query(question)]);
    await other.query(question);
    const answer = await eventually(() => lake.store.get(controlKey(`look-${round}`, 'looked')), 'the answer', 8_000);
    expect(Buffer.from(answer).toString()).toBe('{}');
  }
});
