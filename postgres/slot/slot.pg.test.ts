import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { createDatabase, majorOf, startPostgres } from '../../test/support/postgres.ts';
import { connect } from '../session/connect.ts';
import { createSlot, dropSlot, readSlot } from './slot.ts';
import { openStream } from '../stream/stream.ts';
import { emitMessage, identifySystem } from '../session/system.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await database.query('create table t (id int)');
});
afterAll(async () => await database[Symbol.asyncDispose]());

test('a slot is made, read and dropped', async () => {
  await using connection = await connect({ url: database.url });
  expect(await readSlot(connection, 'made')).toBeNull();
  const { consistentPoint } = await createSlot({ url: database.url }, 'made');
  expect(await readSlot(connection, 'made')).toMatchObject({
    plugin: 'pgoutput',
    database: database.name,
    active: false,
    temporary: false,
    twoPhase: false,
    walStatus: 'reserved',
    invalidationReason: null,
    safeWalBytes: null,
    confirmedFlush: consistentPoint,
  });
  await expect(createSlot({ url: database.url }, 'made')).rejects.toMatchObject({ code: 'SLOT_IN_USE' });
  expect(await dropSlot(connection, 'made')).toBe(true);
  expect(await dropSlot(connection, 'made')).toBe(false);
});

test('an open transaction that blocks a slot is named, and no slot is left behind', async () => {
  await using session = await writer('blocker');
  await using connection = await connect({ url: database.url });
  await expect(createSlot({ url: database.url }, 'blocked', 300)).rejects.toThrow(
    /^SLOT_BLOCKED: .*pid \d+ \(blocker, user postgres, open for \d+ s\)/,
  );
  expect(await readSlot(connection, 'blocked')).toBeNull();
  await session.commit();
  await createSlot({ url: database.url }, 'blocked', 5_000);
  expect(await dropSlot(connection, 'blocked')).toBe(true);
});

test('the system is known by its identifier, and a message lies between what committed before and after', async () => {
  await using connection = await connect({ url: database.url });
  const [row] = await database.query<{ id: string }>('select system_identifier::text as id from pg_control_system()');
  const before = await identifySystem(connection);
  expect(before).toMatchObject({ systemId: row?.id, timeline: 1, database: database.name });
  expect(Math.abs(before.serverTimeMs - Date.now())).toBeLessThan(60_000);
  expect(before.serverVersion).toBeGreaterThanOrEqual(140_000);
  const lsn = await emitMessage(connection, 'tailrace', 'now');
  expect(lsn).toBeGreaterThan(before.flushLsn);
  expect((await identifySystem(connection)).flushLsn).toBeGreaterThanOrEqual(lsn);
});

test('a server without logical decoding is WAL_LEVEL', async () => {
  await using server = await startPostgres({ settings: { wal_level: 'replica' } });
  await expect(createSlot({ url: server.url }, 'none')).rejects.toMatchObject({ code: 'WAL_LEVEL' });
});

test('a slot that the server invalidated is SLOT_LOST', async () => {
  await using server = await startPostgres({ settings: { max_slot_wal_keep_size: '1MB', max_wal_size: '32MB', min_wal_size: '32MB' } });
  const source = { url: server.url };
  const { consistentPoint } = await createSlot(source, 'lost');
  const client = new pg.Client(server.url);
  await client.connect();
  await using connection = await connect(source);
  await eventually(async () => {
    await client.query(`select pg_logical_emit_message(false, 'fill', repeat('x', 1000000)), pg_switch_wal()`);
    await client.query('checkpoint');
    return (await readSlot(connection, 'lost'))?.walStatus === 'lost';
  }, 'the slot to be invalidated');
  // Before 17 the server does not say why.
  const why = (await majorOf(database)) >= 17 ? 'wal_removed' : 'its WAL was removed';
  await client.end();
  const opened = openStream({
    source,
    slot: 'lost',
    publications: ['none'],
    start: consistentPoint,
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  await expect(opened).rejects.toThrow(`the slot lost was invalidated (${why})`);
});

/** A transaction that has written and is open. */
async function writer(applicationName: string): Promise<{ commit(): Promise<void> } & AsyncDisposable> {
  const client = new pg.Client({ connectionString: database.url, application_name: applicationName });
  await client.connect();
  await client.query('begin');
  await client.query('insert into t values (1)');
  return {
    commit: async () => {
      await client.query('commit');
    },
    [Symbol.asyncDispose]: async () => await client.end(),
  };
}
