import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { parseLsn } from '../core/lsn.ts';
import { manifestKey } from '../lake/keys.ts';
import { encodeManifest } from '../lake/manifest.ts';
import type { Manifest } from '../lake/manifest.ts';
import { connect } from '../postgres/session/connect.ts';
import { identifySystem } from '../postgres/session/system.ts';
import { openStream } from '../postgres/stream/stream.ts';
import { createDatabase, startPostgres } from '../test/support/postgres.ts';
import type { PostgresServer } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import type { Replication } from '../test/support/replication.ts';
import { keepDisk } from '../test/support/set-back.ts';

const SCHEMA = 'create table items (id int primary key); create table others (id int primary key)';

/** Streams `rows` into the lake and stops. */
async function streamed(replication: Replication, rows: number): Promise<void> {
  await replication.stop();
  const source = await replication.reconnect();
  await replication.start().ready();
  await source.query(`insert into items select coalesce(max(id), 0) + 1 from items`);
  await replication.lake.rows('public.items', rows);
  await replication.stop();
  await source[Symbol.asyncDispose]();
}

/** Writes into the source until its log is longer than the lake's. */
async function writeBeyond(replication: Replication, sql: string): Promise<void> {
  const { to } = await replication.lake.last();
  const source = await replication.reconnect();
  for (;;) {
    await source.query(sql);
    const [row] = await source.query<{ lsn: string }>('select pg_switch_wal() is not null, pg_current_wal_flush_lsn()::text as lsn');
    if (row !== undefined && parseLsn(row.lsn) > parseLsn(to)) break;
  }
  await source[Symbol.asyncDispose]();
}

async function refusal(replication: Replication): Promise<string> {
  const failure = await replication
    .start()
    .ready()
    .catch((error: unknown) => error);
  return String(failure);
}

/**
 * A lake with one row of items, a disk that was kept then, and `rows` more in the lake after it.
 */
async function ahead(server: PostgresServer, rows: number) {
  const replication = await startReplication({ schema: SCHEMA, server });
  await streamed(replication, 1);
  const disk = await keepDisk(server);
  for (let row = 0; row < rows; row += 1) await streamed(replication, 2 + row);
  return { replication, disk };
}

test('a source that was set back and written beyond the end of the lake is a gap', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await ahead(server, 2);
  using _disk = disk;
  await using _replication = replication;
  await disk.putBack();
  await writeBeyond(replication, 'insert into items select coalesce(max(id), 0) + 100 from items');
  expect(await refusal(replication)).toMatch(/^.*GAP: the source has a different history from the lake.*resync --all/);
  expect((await replication.lake.rows('public.items', 3)).map(({ id }) => id)).toEqual(['1', '2', '3']);
});

test('a source that was set back is a gap, even if only a few heartbeats are missing or we have written nothing since', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await ahead(server, 0);
  using _disk = disk;
  await using _replication = replication;
  await replication.start().ready();
  await replication.beats(2);
  await replication.stop();
  await disk.putBack();
  await writeBeyond(replication, 'create table if not exists elsewhere (id int); insert into elsewhere values (1)');
  expect(await refusal(replication)).toMatch(/GAP: the source has a different history/);
});

test('told to, it begins a new epoch where the source has another history', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await ahead(server, 1);
  using _disk = disk;
  await using _replication = replication;
  await disk.putBack();
  await writeBeyond(replication, 'insert into items select coalesce(max(id), 0) + 100 from items');
  await replication.start({ onGap: 'resync' }).ready();
  const source = await replication.reconnect();
  await source.query('insert into items values (7777)');
  expect((await replication.lake.rows('public.items', 3)).at(-1)).toMatchObject({ id: '7777' });
  expect(await replication.lake.last()).toMatchObject({ epoch: 2 });
  await source[Symbol.asyncDispose]();
});

test('a source that was set back to before its slot was created again is a gap, even if nothing was streamed since', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await ahead(server, 0);
  using _disk = disk;
  await using _replication = replication;
  const source = await replication.reconnect();
  await source.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots');
  await replication.start({ onGap: 'resync' }).ready();
  await replication.stop();
  await source[Symbol.asyncDispose]();
  await disk.putBack();
  await writeBeyond(replication, 'insert into items select coalesce(max(id), 0) + 100 from items');
  expect(await refusal(replication)).toMatch(/GAP: /);
});

/**
 * Rows until a crash of the server sets the slot back: it is saved now and then only. Returns how
 * many there are.
 */
async function untilSlotLags(replication: Replication, server: PostgresServer): Promise<number> {
  for (let rows = 1; ; rows += 1) {
    const source = await replication.reconnect();
    await replication.start().ready();
    for (let one = 0; one < 5; one += 1) await source.query(`insert into items select coalesce(max(id), 0) + 1 from items`);
    await replication.lake.rows('public.items', rows * 5);
    await replication.stop();
    const { to } = await replication.lake.last();
    await server.stop('immediate');
    await server.start();
    const after = await replication.reconnect();
    const [slot] = await after.query(
      `select 1 from pg_replication_slots where slot_name like 'tailrace%' and confirmed_flush_lsn < '${to}'`,
    );
    await after[Symbol.asyncDispose]();
    if (slot !== undefined) return rows * 5;
  }
}

test('a slot that lags behind the lake after a crash is read again up to the end of the lake, and nothing is doubled', async () => {
  await using server = await startPostgres();
  await using replication = await startReplication({ schema: SCHEMA, server });
  await replication.stop();
  const rows = await untilSlotLags(replication, server);
  await using source = await replication.reconnect();
  await replication.start().ready();
  await source.query(`insert into items values (${rows + 1})`);
  const ids = (await replication.lake.rows('public.items', rows + 1)).map(({ id }) => Number(id));
  expect(ids).toEqual(Array.from({ length: rows + 1 }, (_, index) => index + 1));
});

test('each manifest carries the newest commit with content, heartbeats repeat it, and commits without content do not count', async () => {
  await using replication = await startReplication({ schema: SCHEMA, heartbeatMs: 3_600_000, tables: ['public.items'] });
  const { lake, source } = replication;
  await lake.event('published', 'public.items');
  const [row] = await source.query<{ xid: number }>('insert into items values (1) returning xmin::text::int as xid');
  await lake.rows('public.items', 1);
  const withRow = (await lake.manifests()).find(({ files }) => files.length > 0);
  expect(withRow?.anchor).toMatchObject({ xid: row?.xid, time: withRow?.commitTimes?.[1] });
  await source.query('insert into others values (1)');
  const [message] = await source.query<{ xid: string }>(
    `select pg_current_xact_id()::text as xid, pg_logical_emit_message(true, 'tailrace', 'x')`,
  );
  await replication.beats(1);
  expect((await lake.last()).anchor).toMatchObject({ xid: Number(message?.xid) });
});

test('a lake without anchors continues, and gets one with its next commit', async () => {
  await using server = await startPostgres();
  await using replication = await startReplication({ schema: SCHEMA, server, heartbeatMs: 3_600_000 });
  const { lake } = replication;
  await streamed(replication, 1);
  const { anchor: _anchor, hash: _hash, ...old } = await lake.last();
  await rewrite(replication, old);
  await server.stop('immediate');
  await server.start();
  const source = await replication.reconnect();
  await replication.start().ready();
  await source.query('insert into items values (2)');
  await lake.rows('public.items', 2);
  expect((await lake.last()).anchor).toMatchObject({ time: (await lake.last()).commitTimes?.[1] });
  await source[Symbol.asyncDispose]();
});

async function rewrite({ lake }: Replication, manifest: Manifest): Promise<void> {
  await lake.store.delete(manifestKey(manifest.number));
  await lake.store.put(manifestKey(manifest.number), encodeManifest(manifest));
}

test('the streaming session must have reached the server that was examined, and found the slot there', async () => {
  await using server = await startPostgres();
  await using database = await createDatabase(server);
  const [slot] = await database.query<{ lsn: string }>(
    `select lsn::text from pg_create_logical_replication_slot('tailrace_seen', 'pgoutput')`,
  );
  await database.query('create publication tailrace_seen');
  await using connection = await connect({ url: database.url });
  const system = await identifySystem(connection);
  const confirmed = parseLsn(slot?.lsn ?? '0/0');
  const open = async (looked: { system: typeof system; confirmed: bigint }): Promise<void> => {
    await using _stream = await openStream({
      source: { url: database.url },
      slot: 'tailrace_seen',
      publications: ['tailrace_seen'],
      start: confirmed,
      looked,
      log: silentLogger(),
      signal: new AbortController().signal,
    });
  };
  await open({ system, confirmed });
  for (const other of [{ systemId: '1' }, { timeline: 2 }, { startedAt: '0' }])
    await expect(open({ system: { ...system, ...other }, confirmed })).rejects.toThrow(
      /^SOURCE_UNPROVEN: .*has reached a different server from the session before/,
    );
  await expect(open({ system, confirmed: confirmed - 1n })).rejects.toThrow(/^SOURCE_UNPROVEN: .*moved/);
});
