import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { PostgresServer } from '../../test/support/postgres.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { readTables } from '../catalog/catalog.ts';
import { connect } from '../session/connect.ts';
import { preflight } from '../preflight/preflight.ts';
import { ensurePublications } from '../publication/publication.ts';
import { createSlot, readSender, readSlot } from '../slot/slot.ts';
import { openStream } from './stream.ts';
import { emitMessage } from '../session/system.ts';

let server: PostgresServer;
let application: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  application = new pg.Client(server.url);
  await application.connect();
  await application.query('create table item (id int primary key)');
});
afterAll(async () => {
  await application.end();
  await server[Symbol.asyncDispose]();
});

async function standbys(names: string): Promise<void> {
  await application.query('set synchronous_commit = local');
  await application.query(`alter system set synchronous_standby_names = '${names}'`);
  await application.query('select pg_reload_conf()');
  await eventually(async () => {
    const { rows } = await application.query<{ names: string }>(`select current_setting('synchronous_standby_names') as names`);
    return rows[0]?.names === names;
  }, 'the new names');
}

test('commits of ours do not wait for a missing standby, while a commit of the application does', async () => {
  await standbys('nobody');
  const waiting = new pg.Client(server.url);
  await waiting.connect();
  const commits: Promise<unknown>[] = [];
  let ended = true;
  const commit = async (): Promise<void> => {
    ended = false;
    await waiting.query('insert into item select count(*) from item');
    ended = true;
  };
  await eventually(async () => {
    // One that came before the checkpointer knew the new names did not wait (syncrep.c).
    if (ended) commits.push(commit().catch(() => undefined));
    const { rows } = await application.query(`select from pg_stat_activity where wait_event = 'SyncRep'`);
    return rows.length > 0;
  }, 'the commit of the application to wait');
  await using connection = await connect({ url: server.url });
  const tables = await readTables(connection, null);
  expect(await ensurePublications(connection, { name: 'tailrace_1', tables })).toMatchObject({ added: ['public.item'] });
  expect(await emitMessage(connection, 'tailrace', '')).toBeGreaterThan(0n);
  await standbys('');
  await Promise.all(commits);
  await waiting.end();
});

test('check and the state of the stream report names that make our stream a standby', async () => {
  await using connection = await connect({ url: server.url });
  const { consistentPoint: start } = await createSlot({ url: server.url }, 'synchronous_test');
  await standbys('*');
  const items = await preflight({ url: server.url }, { tables: null });
  expect(items.find(({ item }) => item === 'synchronous_standby_names')).toMatchObject({ value: '*', verdict: 'warn' });
  const signal = new AbortController();
  await using stream = await openStream({
    source: { url: server.url, applicationName: 'tailrace replicate' },
    slot: 'synchronous_test',
    publications: ['tailrace_1'],
    start,
    log: silentLogger(),
    signal: signal.signal,
  });
  const reading = stream.read({ data: () => undefined, keepalive: () => undefined, drained: () => undefined });
  const isSynchronous = async (): Promise<boolean | undefined> => {
    const pid = (await readSlot(connection, 'synchronous_test'))?.activePid ?? 0;
    return (await readSender(connection, pid))?.synchronous;
  };
  await eventually(async () => (await isSynchronous()) === true, 'our stream to count as a standby');
  await standbys('FIRST 1 (replica)');
  await eventually(async () => (await isSynchronous()) === false, 'our stream not to count any more');
  signal.abort();
  await reading;
  await standbys('');
});
