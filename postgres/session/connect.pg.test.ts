import { chownSync, copyFileSync, readFileSync, chmodSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { collect } from '../../test/support/collect.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { PostgresServer } from '../../test/support/postgres.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { connect } from './connect.ts';
import { openConsistentPoint } from '../slot/consistent-point.ts';
import { createSlot } from '../slot/slot.ts';
import { openStream } from '../stream/stream.ts';

const TLS = path.join(import.meta.dirname, '../../test/support/servers/tls');
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  await onServer(
    `create role app login replication superuser password 'right-one'`,
    `create database strange`,
    `alter database strange set datestyle = 'SQL, DMY'`,
    `alter database strange set timezone = 'Asia/Kolkata'`,
    `alter database strange set extra_float_digits = 0`,
    `alter database strange set bytea_output = escape`,
    `alter database strange set search_path = public`,
    `alter database strange set client_min_messages = error`,
    `alter database strange set statement_timeout = '1ms'`,
    `alter database strange set idle_in_transaction_session_timeout = '1ms'`,
    `alter database strange set idle_session_timeout = '10s'`,
    `alter database strange set default_transaction_read_only = on`,
    `do $$ begin if current_setting('server_version_num')::int >= 170000 then alter database strange set transaction_timeout = '10s'; end if; end $$`,
  );
  // Passwords for app, TLS only from 127.0.0.1 for nobody; the files must belong to the server's
  // user.
  const hba = path.join(server.dataDir, 'pg_hba.conf');
  writeFileSync(hba, `host all app all scram-sha-256\nhost replication app all scram-sha-256\n${readFileSync(hba, 'utf8')}`);
  await onServer('select pg_reload_conf()');
});
afterAll(async () => await server[Symbol.asyncDispose]());

async function onServer(...statements: string[]): Promise<void> {
  const client = new pg.Client(server.url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function url(change: { user?: string; password?: string; database?: string; host?: string; port?: number; query?: string }): string {
  const credentials = `${change.user ?? 'app'}${change.password === undefined ? '' : `:${change.password}`}`;
  const place = `${change.host ?? '127.0.0.1'}:${change.port ?? server.port}/${change.database ?? 'postgres'}`;
  return `postgres://${credentials}@${place}${change.query === undefined ? '' : `?${change.query}`}`;
}

test('the right password connects, a wrong or missing one is SOURCE_AUTH and is not in the error', async () => {
  await using connection = await connect({ url: url({ password: 'right-one' }) });
  expect(
    await connection.query('select current_user::text as name, application_name from pg_stat_activity where pid = pg_backend_pid()'),
  ).toEqual([{ name: 'app', application_name: 'tailrace' }]);
  for (const wrong of [url({ password: 'wrong-one' }), url({})]) {
    const error: unknown = await connect({ url: wrong }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SOURCE_AUTH' });
    expect(String(error)).not.toContain('wrong-one');
    await expect(openStream({ ...STREAM, source: { url: wrong } })).rejects.toMatchObject({ code: 'SOURCE_AUTH' });
  }
});

const STREAM = {
  slot: 'none',
  publications: ['none'],
  start: 0n,
  log: silentLogger(),
  signal: new AbortController().signal,
};

test('who cannot be reached is SOURCE_UNREACHABLE, for statements and for streams', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const silentPort = address !== null && typeof address === 'object' ? address.port : 0;
  const sources = [
    { url: url({ port: 1 }) },
    { url: url({ host: 'no-such-host.invalid' }) },
    { url: 'postgres://app@/postgres?host=/nonexistent' },
    { url: url({ port: silentPort }), connectTimeoutMs: 300 },
  ];
  for (const source of sources) {
    await expect(connect(source)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    await expect(openStream({ ...STREAM, source })).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  }
  silent.close();
});

test('a database that is not there is SOURCE_REFUSED', async () => {
  await expect(connect({ url: url({ user: 'postgres', database: 'nowhere' }) })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
});

test.each(['sql', 'walsender'] as const)('a %s session prints values the same way under any settings of the database', async (role) => {
  await using connection = await connect({ url: url({ user: 'postgres', database: 'strange' }) }, { role });
  const rows = await connection.query<{ value: string }>(
    `select concat_ws(' ', '2024-02-03'::date, '2024-02-03 04:05:06+00'::timestamptz, 0.1::float8 + 0.2::float8, '\\x00ff'::bytea,
                      '1 day 2 hours'::interval, 'pg_class'::regclass) as value`,
  );
  expect(rows[0]?.value).toBe('2024-02-03 2024-02-03 04:05:06+00 0.30000000000000004 \\x00ff 1 day 02:00:00 pg_class');
  const settings = await connection.query<{ all: string }>(
    `select concat_ws(' ', current_setting('client_min_messages'), current_setting('statement_timeout'), current_setting('row_security'),
                      current_setting('search_path'), current_setting('lock_timeout')) as all`,
  );
  expect(settings[0]?.all).toBe('warning 0 off pg_catalog 10s');
});

test('no setting of the database ends a session of ours or keeps it from writing', async () => {
  await using connection = await connect({ url: url({ user: 'postgres', database: 'strange' }) });
  const [settings] = await connection.query<{ all: string }>(
    `select concat_ws(' ', current_setting('idle_in_transaction_session_timeout'), current_setting('idle_session_timeout'),
       current_setting('statement_timeout'), coalesce(current_setting('transaction_timeout', true), '0'), current_setting('transaction_read_only')) as all`,
  );
  expect(settings?.all).toBe('0 0 0 0 off');
  await connection.query('begin');
  await connection.query(`select pg_logical_emit_message(true, 'tailrace', '')`);
  await connection.query('commit');
});

test('dates and times come as text, with every digit', async () => {
  await using connection = await connect({ url: server.url });
  expect(
    await connection.query(`select '2024-02-03 04:05:06.789123+00'::timestamptz as at, 9007199254740993 as big, 4000000001::oid as oid`),
  ).toEqual([{ at: '2024-02-03 04:05:06.789123+00', big: '9007199254740993', oid: 4_000_000_001 }]);
});

test('COPY comes as bytes, and its error has a code', async () => {
  await using connection = await connect({ url: server.url });
  const pieces: string[] = [];
  const keep = (buf: Buffer, start: number, end: number): void => void pieces.push(buf.toString('utf8', start, end));
  const copied = connection.copyOut(`copy (select g, repeat('x', 100) from generate_series(1, 50000) g) to stdout`, keep);
  for await (const _ of copied) await new Promise((resolve) => setImmediate(resolve));
  expect(pieces.join('').split('\n')).toHaveLength(50_001);
  await expect(collect(connection.copyOut('copy (select 1/0) to stdout', keep))).rejects.toMatchObject({ code: 'SOURCE_QUERY' });
  expect(await connection.query('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a COPY that fails in its middle gives its error after its rows', async () => {
  await using connection = await connect({ url: server.url });
  let rows = 0;
  const failing = connection.copyOut('copy (select 1 / (20000 - g) from generate_series(1, 30000) g) to stdout', () => (rows += 1));
  await expect(collect(failing)).rejects.toMatchObject({ code: 'SOURCE_QUERY' });
  expect(rows).toBe(19_999);
  expect(await connection.query('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a COPY ends when its session is ended, and one that is left ends with its connection', async () => {
  await using ended = await connect({ url: server.url });
  const [row] = await ended.query<{ pid: number }>('select pg_backend_pid() as pid');
  const endless = `copy (select generate_series(1, 1000000000)) to stdout`;
  const copied = ended.copyOut(endless, () => undefined);
  await copied.next();
  await onServer(`select pg_terminate_backend(${row?.pid})`);
  await expect(collect(copied)).rejects.toThrow(/SOURCE_/);

  const left = await connect({ url: server.url });
  for await (const _ of left.copyOut(endless, () => undefined)) break;
  await left.close();
});

test('a session that the server ends says so', async () => {
  await using connection = await connect({ url: server.url });
  const [row] = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
  await onServer(`select pg_terminate_backend(${row?.pid})`);
  await eventually(() => connection.lost.aborted, 'the loss to be noticed');
  await expect(connection.query('select 1')).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
});

test('sslmode means what it means in libpq', async () => {
  const other = `sslrootcert=${TLS}/other-ca.pem`;
  const ca = `sslrootcert=${TLS}/ca.pem`;
  const local = { user: 'postgres', host: 'localhost' };
  await expect(connect({ url: url({ ...local, query: 'sslmode=require' }) })).rejects.toMatchObject({ code: 'SOURCE_TLS' });
  expect(await usesTls(url({ ...local, query: 'sslmode=prefer' }))).toBe(false);

  await serveTls();
  expect(await usesTls(url({ ...local, query: 'sslmode=disable' }))).toBe(false);
  expect(await usesTls(url(local))).toBe(true);
  for (const mode of ['prefer', 'require', `verify-ca&${ca}`, `verify-full&${ca}`]) {
    expect(await usesTls(url({ ...local, query: `sslmode=${mode}` }))).toBe(true);
  }
  expect(await usesTls(url({ user: 'postgres', host: '127.0.0.1', query: `sslmode=verify-ca&${ca}` }))).toBe(true);
  const refused = [
    url({ ...local, query: `sslmode=verify-ca&${other}` }),
    url({ ...local, query: `sslmode=require&${other}` }),
    url({ ...local, query: 'sslmode=verify-full' }),
    url({ user: 'postgres', host: '127.0.0.1', query: `sslmode=verify-full&${ca}` }),
    url({ ...local, query: 'sslmode=verify-full&sslrootcert=/nonexistent.pem' }),
  ];
  for (const bad of refused) {
    await expect(connect({ url: bad })).rejects.toMatchObject({ code: 'SOURCE_TLS' });
    await expect(openStream({ ...STREAM, source: { url: bad } })).rejects.toMatchObject({ code: 'SOURCE_TLS' });
  }
});

test('a stream and a consistent point work over TLS', async () => {
  await serveTls();
  const source = { url: url({ user: 'postgres', host: 'localhost', query: `sslmode=verify-full&sslrootcert=${TLS}/ca.pem` }) };
  await onServer('create table over_tls (id int)', 'create publication over_tls for table over_tls');
  const { consistentPoint } = await createSlot(source, 'over_tls');
  const stop = new AbortController();
  await using stream = await openStream({
    ...STREAM,
    source,
    slot: 'over_tls',
    publications: ['over_tls'],
    start: consistentPoint,
    signal: stop.signal,
  });
  let bytes = 0;
  const reading = stream.read({
    data: (_buf, start, end) => {
      bytes += end - start;
    },
    keepalive: () => undefined,
    drained: () => {
      if (bytes > 500_000) stop.abort();
    },
  });
  await onServer('insert into over_tls select generate_series(1, 50000)');
  await reading;
  await using point = await openConsistentPoint(source);
  expect(point.lsn).toBeGreaterThan(consistentPoint);
});

async function usesTls(sourceUrl: string): Promise<boolean> {
  await using connection = await connect({ url: sourceUrl });
  const rows = await connection.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  return rows[0]?.ssl === true;
}

/**
 * Gives the server the certificate for `localhost` and restarts nothing: ssl can be switched on by
 * a reload.
 */
async function serveTls(): Promise<void> {
  const owner = statSync(server.dataDir);
  for (const name of ['server.pem', 'server.key']) {
    const target = path.join(server.dataDir, name);
    copyFileSync(path.join(TLS, name), target);
    chmodSync(target, 0o600);
    chownSync(target, owner.uid, owner.gid);
  }
  await onServer(
    `alter system set ssl_cert_file = 'server.pem'`,
    `alter system set ssl_key_file = 'server.key'`,
    'alter system set ssl = on',
    'select pg_reload_conf()',
  );
  await eventually(
    async () => await usesTls(url({ user: 'postgres', host: 'localhost', query: 'sslmode=prefer' })),
    'the server to speak TLS',
  );
}
