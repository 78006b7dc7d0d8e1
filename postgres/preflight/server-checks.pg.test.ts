import pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase, majorOf, sharedPostgresUrl, startPostgres } from '../../test/support/postgres.ts';
import { type CheckItem, preflight } from './preflight.ts';

/** The items with that name, by how they begin. */
function named(items: readonly CheckItem[], ...names: string[]): CheckItem[] {
  return items.filter(({ item }) => names.some((name) => item.startsWith(name)));
}

/**
 * Runs SQL in a session of its own, statement by statement, outside of any transaction; the rows of
 * the last one.
 */
async function execute(url: string, statements: readonly string[]): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: Record<string, string>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

test('settings under which nothing can be replicated are fixed by the reported SQL and a restart', async () => {
  const tight = { wal_level: 'replica', max_replication_slots: '1', max_wal_senders: '1', logical_decoding_work_mem: '64kB' };
  await using server = await startPostgres({ settings: { ...tight, max_connections: '7', superuser_reserved_connections: '0' } });
  const settings = ['wal_level', 'free max_', 'max_slot_wal_keep_size', 'logical_decoding_work_mem', 'idle_replication'];
  const told = named(await preflight({ url: server.url }, { tables: null }), ...settings).filter(({ verdict }) => verdict !== 'ok');
  expect(told.map(({ item, verdict }) => `${item}: ${verdict}`)).toEqual([
    'wal_level: fail',
    'free max_replication_slots: fail',
    'free max_wal_senders: fail',
    'free max_connections: fail',
    'max_slot_wal_keep_size: warn',
    'logical_decoding_work_mem: warn',
  ]);
  await execute(
    server.url,
    told.flatMap(({ fix }) => (fix ?? '').split('\n')),
  );
  // Our servers get their settings on the command line, which is stronger than the file that ALTER
  // SYSTEM writes: so what is in it goes there.
  const written = await execute(server.url, [`select name, setting from pg_file_settings where sourcefile ~ 'auto.conf$'`]);
  await server.stop();
  const settingsNow = Object.fromEntries(written.map(({ name, setting }) => [name, setting]));
  await using restarted = await startPostgres({ dataDir: server.dataDir, settings: settingsNow });
  const fixed = named(await preflight({ url: restarted.url }, { tables: null }), ...settings);
  expect(fixed.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
});

test('open and prepared transactions, in this database and elsewhere, are named, and the SQL that check gives ends them', async () => {
  await using server = await startPostgres({ settings: { max_prepared_transactions: '5' } });
  await using database = await createDatabase(server);
  await using other = await createDatabase(server);
  for (const one of [database, other]) await one.query('create table t (id int)');
  await database.query(`begin; insert into t values (1); prepare transaction 'it''s "here"'`);
  await other.query(`begin; insert into t values (1); prepare transaction 'there'`);
  const writer = new pg.Client({ connectionString: database.url });
  writer.on('error', () => undefined);
  await writer.connect();
  const { rows } = await writer.query<{ pid: number }>('select pg_backend_pid() as pid');
  await writer.query('begin');
  await writer.query('insert into t values (2)');

  const look = async (): Promise<CheckItem[]> =>
    named(await preflight({ url: database.url }, { tables: null, longTransactionSeconds: 0 }), 'long open', 'prepared');
  const [open, prepared] = await look();
  expect(open).toMatchObject({
    verdict: 'warn',
    fix: `SELECT pg_terminate_backend(${rows[0]?.pid}); -- or wait: the slot can be created only after it ends`,
  });
  expect(prepared).toMatchObject({
    verdict: 'warn',
    value: `it's "here", there in database ${other.name}`,
    fix: `ROLLBACK PREPARED 'it''s "here"'; -- or commit it: the slot can be created only after it ends\nROLLBACK PREPARED 'there'; -- in database ${other.name}; or commit it: the slot can be created only after it ends`,
  });
  const [here, there] = (prepared?.fix ?? '').split('\n');
  await database.query(here ?? '');
  await other.query(there ?? '');
  await database.query(open?.fix ?? '');
  await writer.end().catch(() => undefined);
  expect((await look()).map(({ item, value }) => `${item}: ${value}`)).toEqual([
    'long open transactions: none',
    'prepared transactions: none',
  ]);
});

test('check reports a slot of ours that would send prepared transactions, with the SQL that drops it', async () => {
  await using database = await createDatabase();
  await database.query('create publication tailrace_0000beef');
  await database.query(`select pg_create_logical_replication_slot('tailrace_0000beef', 'pgoutput', twophase => true)`);
  const look = async (): Promise<CheckItem[]> => named(await preflight({ url: database.url }, { tables: null }), 'slot ');
  const [told] = await look();
  expect(told).toMatchObject({
    item: 'slot tailrace_0000beef',
    verdict: 'fail',
    value: 'reserved, pgoutput, two_phase',
    fix: `SELECT pg_drop_replication_slot('tailrace_0000beef'); -- then tailrace resync --all`,
  });
  await database.query(told?.fix ?? '');
  expect(await look()).toEqual([]);
});

test.each(['LATIN1', 'SQL_ASCII'])('check reports that text of a database in %s is converted', async (encoding) => {
  const name = `t_${encoding.toLowerCase()}_${process.pid}`;
  await execute(sharedPostgresUrl(), [`create database ${name} encoding '${encoding}' lc_collate 'C' lc_ctype 'C' template template0`]);
  try {
    const url = new URL(sharedPostgresUrl());
    url.pathname = `/${name}`;
    const items = await preflight({ url: url.href }, { tables: null });
    expect(named(items, 'encoding')).toMatchObject([
      { value: encoding, verdict: 'warn', fix: expect.stringMatching(/converted to UTF-8/) },
    ]);
  } finally {
    await execute(sharedPostgresUrl(), [`drop database ${name} with (force)`]);
  }
});

test('the server these tests run on is of a supported and sound version', async () => {
  await using database = await createDatabase();
  expect(await majorOf(database)).toBeGreaterThanOrEqual(14);
  expect(named(await preflight({ url: database.url }, { tables: null }), 'version')).toMatchObject([{ verdict: 'ok' }]);
});
