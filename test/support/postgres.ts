import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type PostgresOptions, type PostgresServer, startPostgres as startServer } from '../../cli/demo/postgres-server.ts';
import { chosenBinaries } from './postgres-version.ts';

export type { PostgresServer } from '../../cli/demo/postgres-server.ts';

/**
 * A server of the test's own, of the major this run uses (TEST_PG_VERSION) unless it brings
 * executables. Its processes crash in tests, its machine does not, so it need not wait for a disk:
 * a database is made in a quarter of the time.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return startServer({ binaries: await chosenBinaries(), ...options, settings: { fsync: 'off', ...options.settings } });
}

/**
 * URL of the server all tests of this run share (TEST_PG_URL, or one started by
 * test/support/global-setup.ts).
 */
export function sharedPostgresUrl(): string {
  return inject('postgresUrl');
}

/**
 * A database of the test's own on the shared server or on the given one; dropped with its slots
 * when disposed of.
 */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  query<T extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<T[]>;
}

/**
 * Makes an empty database and a connection to it; `how` is what CREATE DATABASE is told beside the
 * name.
 */
export async function createDatabase(server: Pick<PostgresServer, 'url'> = { url: sharedPostgresUrl() }, how = ''): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await runOnce(server.url, `create database ${name} ${how}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => undefined);
  await client.connect();
  return {
    url: url.href,
    name,
    query: async (sql, params) => (await client.query(sql, params)).rows,
    [Symbol.asyncDispose]: async () => {
      await client.end().catch(() => undefined);
      await dropDatabase(server.url, name).catch(() => undefined);
    },
  };
}

/**
 * A new connection to a database, after its server was restarted. Disposed of, it leaves the
 * database there.
 */
export async function reconnectDatabase({ url, name }: Pick<TestDatabase, 'url' | 'name'>): Promise<TestDatabase> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return { url, name, query: async (sql, params) => (await client.query(sql, params)).rows, [Symbol.asyncDispose]: () => client.end() };
}

/** Major version of the server a database is on: what is expected of it can differ. */
export async function majorOf(database: Pick<TestDatabase, 'query'>): Promise<number> {
  const [row] = await database.query<{ major: number }>(`select current_setting('server_version_num')::int / 10000 as major`);
  return row?.major ?? 0;
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await runOnce(serverUrl, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`);
  await runOnce(
    serverUrl,
    `do $$ declare s record; begin
       for s in select slot_name, active_pid from pg_replication_slots where database = '${name}' loop
         if s.active_pid is not null then perform pg_terminate_backend(s.active_pid, 5000); end if;
         perform pg_drop_replication_slot(s.slot_name);
       end loop; end $$`,
  );
  await runOnce(serverUrl, `drop database if exists ${name} with (force)`);
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
