import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { PostgresServer } from '../../test/support/postgres.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { scratch } from '../../test/support/scratch.ts';
import { connect } from './connect.ts';
import { createSlot } from '../slot/slot.ts';
import { openStream } from '../stream/stream.ts';

const TLS = path.join(import.meta.dirname, '../../test/support/servers/tls');
let server: PostgresServer;
let folder: Scratch;

beforeAll(async () => {
  folder = await scratch();
  server = await startPostgres();
  const owner = statSync(server.dataDir);
  for (const name of ['server.pem', 'server.key']) {
    const target = path.join(server.dataDir, name);
    copyFileSync(path.join(TLS, name), target);
    chmodSync(target, 0o600);
    chownSync(target, owner.uid, owner.gid);
  }
  const hba = path.join(server.dataDir, 'pg_hba.conf');
  writeFileSync(
    hba,
    `hostssl all tls_only all trust\nhost all tls_only all reject\nhostnossl all plain_only all trust\nhost all plain_only all reject\n` +
      `host all with_password all scram-sha-256\nhost replication with_password all scram-sha-256\n${readFileSync(hba, 'utf8')}`,
  );
  await onServer(
    'create role tls_only login',
    'create role plain_only login',
    `create role with_password login superuser replication password 'a+b: c'`,
    `alter system set ssl_cert_file = 'server.pem'`,
    `alter system set ssl_key_file = 'server.key'`,
    'alter system set ssl = on',
    'select pg_reload_conf()',
  );
  await eventually(async () => encrypted(at('user=tls_only sslmode=require')), 'the server to speak TLS');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function onServer(...statements: string[]): Promise<void> {
  const client = new pg.Client(server.url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const at = (more: string): string => `host=localhost port=${server.port} dbname=postgres ${more}`;

async function encrypted(url: string): Promise<boolean> {
  const [found] = await rows(url, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  return found?.['ssl'] === true;
}

test.for([
  ['user=tls_only sslmode=allow', true],
  ['user=postgres sslmode=allow', false],
  ['user=plain_only sslmode=prefer', false],
  ['user=tls_only sslmode=prefer', true],
  ['user=tls_only sslmode=require ssl_min_protocol_version=TLSv1.3', true],
] as const)('with %s TLS is %s', async ([parameters, tls]) => {
  expect(await encrypted(at(parameters))).toBe(tls);
});

test('a stricter mode is not left for what lets us in', async () => {
  await expect(connect({ url: at('user=plain_only sslmode=require') })).rejects.toMatchObject({ code: 'SOURCE_AUTH' });
  await expect(connect({ url: at('user=tls_only sslmode=disable') })).rejects.toMatchObject({ code: 'SOURCE_AUTH' });
});

test('TLS is spoken from the first byte where that is asked for', async () => {
  const [version] = await rows(at('user=postgres'), `select current_setting('server_version_num')::int >= 170000 as direct`);
  const asked = encrypted(at('user=tls_only sslmode=require sslnegotiation=direct'));
  if (version?.['direct'] === true) expect(await asked).toBe(true);
  else await expect(asked).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_/) });
});

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  await using connection = await connect({ url });
  return await connection.query(sql);
}

test('the certificate must match the name, regardless of the address', async () => {
  const ca = `sslmode=verify-full sslrootcert=${TLS}/ca.pem user=tls_only dbname=postgres port=${server.port}`;
  expect(await encrypted(`host=localhost hostaddr=127.0.0.1 ${ca}`)).toBe(true);
  await expect(connect({ url: `host=db.example hostaddr=127.0.0.1 ${ca}` })).rejects.toMatchObject({ code: 'SOURCE_TLS' });
  await expect(connect({ url: `hostaddr=127.0.0.1 ${ca}` })).rejects.toMatchObject({ code: 'SOURCE_TLS' });
});

test('the first reachable server is used, for statements and for streams', async () => {
  const url = `postgres://postgres@127.0.0.1:1,localhost:${server.port}/postgres`;
  expect(await rows(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await onServer('create publication hosts_test');
  const { consistentPoint: start } = await createSlot({ url }, 'hosts_test');
  await using stream = await openStream({
    source: { url },
    slot: 'hosts_test',
    publications: ['hosts_test'],
    start,
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  expect(stream).toBeDefined();
});

test('when no host serves, each is named with its reason; a refused login ends the search', async () => {
  const url = `postgres://postgres@127.0.0.1:1,localhost:${server.port}/postgres?target_session_attrs=`;
  const error: unknown = await connect({ url: `${url}standby` }).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(
    /SOURCE_UNREACHABLE: none of 2 servers can be used: .*127\.0\.0\.1:1\/postgres.*; localhost:\d+\/postgres is not a standby, but target_session_attrs/,
  );
  for (const attributes of ['primary', 'read-write', 'prefer-standby', 'any'])
    expect(await rows(`${url}${attributes}`, 'select 1 as one')).toEqual([{ one: 1 }]);
  const refused = `postgres://with_password:wrong@localhost:${server.port},127.0.0.1:1/postgres`;
  await expect(connect({ url: refused })).rejects.toMatchObject({ code: 'SOURCE_AUTH' });
});

test('a password is taken literally from the string, or from a file, and is in no error', async () => {
  const user = 'with_password';
  expect(await rows(`postgres://${user}@localhost:${server.port}/postgres?password=a+b:%20c`, 'select 1 as one')).toHaveLength(1);
  expect(await rows(at(`user=${user} password='a+b: c'`), 'select 1 as one')).toHaveLength(1);
  const file = path.join(folder.path, 'passwords');
  writeFileSync(file, String.raw`localhost:*:postgres:${user}:a+b\: c`, { mode: 0o600 });
  expect(await rows(at(`user=${user} passfile=${file}`), 'select 1 as one')).toHaveLength(1);
  chmodSync(file, 0o644);
  await expect(connect({ url: at(`user=${user} passfile=${file}`) })).rejects.toThrow(/SOURCE_AUTH: .* asks for a password.*chmod 600/);
  const wrong: unknown = await connect({ url: at(`user=${user} password='a+b: d'`) }).catch((reason: unknown) => reason);
  expect(String(wrong)).toMatch(/SOURCE_AUTH/);
  expect(String(wrong)).not.toContain('a+b');
});

test('a service is read from its file', async () => {
  const file = path.join(folder.path, 'services');
  writeFileSync(file, `[shop]\nhost=localhost\nport=${server.port}\nuser=postgres\ndbname=postgres\n`);
  expect(await rows(`service=shop servicefile=${file}`, 'select current_user::text as name')).toEqual([{ name: 'postgres' }]);
});
