import { expect, test } from 'vitest';
import { parseLsn } from '../core/lsn.ts';
import { listGenerations } from '../lake/snapshot-log.ts';
import { connect } from '../postgres/session/connect.ts';
import { holdSnapshot } from '../postgres/slot/consistent-point.ts';
import { copy } from '../test/support/copied-group.ts';
import { createDatabase, reconnectDatabase, startPostgres } from '../test/support/postgres.ts';
import type { PostgresServer, TestDatabase } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import { keepDisk } from '../test/support/set-back.ts';
import { proveSource } from './prove-source.ts';

/**
 * A second server from a copy of the first one's disk, with the same identifier, timeline and
 * slots.
 */
async function cloneOf(server: PostgresServer, name: string): Promise<AsyncDisposable & { readonly database: TestDatabase }> {
  const disk = await keepDisk(server);
  const clone = await startPostgres({ dataDir: disk.folder });
  const url = new URL(clone.url);
  url.pathname = `/${name}`;
  const session = await reconnectDatabase({ url: url.href, name });
  const dispose = async (): Promise<void> => {
    await session[Symbol.asyncDispose]();
    await clone[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
  };
  return { database: session, [Symbol.asyncDispose]: dispose };
}

test('a table is copied from the server that is streamed, and not from a clone of it', async () => {
  await using server = await startPostgres();
  await using replication = await startReplication({
    schema: 'create table items (id int primary key); insert into items values (1)',
    server,
  });
  await replication.stop();
  await using clone = await cloneOf(server, replication.source.name);
  await using source = await replication.reconnect();
  await clone.database.query('insert into public.items values (666)');
  await replication.start().ready();
  const { store } = replication.lake;

  const refused = await copy(clone.database, ['public.items'], { store, prove: proveSource(store, { withinMs: 2_000 }) });
  expect(String(refused.settled.get('public.items'))).toMatch(/SOURCE_UNPROVEN: .*did not arrive in the stream/);
  expect(await listGenerations(store)).toEqual([]);

  const copied = await copy(source, ['public.items'], { store, prove: proveSource(store) });
  expect(copied.settled.get('public.items')).toBeNull();
  expect(await listGenerations(store)).toMatchObject([{ generation: 1, done: { rows: 1 } }]);
});

test('copied rows were in the lake’s log when the copy began', async () => {
  await using replication = await startReplication({ schema: 'create table items (id int primary key)' });
  const { lake, source } = replication;
  await using holder = await holdSnapshot({ url: source.url });
  await using outside = await connect({ url: source.url });
  await proveSource(lake.store)(outside, holder.snapshotName);
  expect(parseLsn((await lake.last()).to)).toBeGreaterThan(holder.lsn);
});

test('nothing is copied when two sessions reach different servers', async () => {
  await using other = await startPostgres();
  await using elsewhere = await createDatabase(other);
  await using database = await createDatabase();
  await using holder = await holdSnapshot({ url: database.url });
  await using outside = await connect({ url: elsewhere.url });
  const { store } = await copy(database, []);
  await expect(proveSource(store)(outside, holder.snapshotName)).rejects.toThrow(/^SOURCE_UNPROVEN: .*different servers/);
});
