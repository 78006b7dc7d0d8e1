import pg from 'pg';
import { startPostgres } from '../cli/demo/postgres-server.ts';
import { MESSAGE_PREFIX } from '../postgres/session/system.ts';

/**
 * The database that a case reads: a server of the bench's own (then its pid is known and its
 * processes are measured), or the user's.
 */
export interface Source extends AsyncDisposable {
  readonly url: string;
  readonly pid: number | null;
  readonly client: pg.Client;
  readonly version: string;
}

/** `url` null: a new Postgres on loopback, which goes when it is disposed of. */
export async function openSource(url: string | null, settings: Readonly<Record<string, string>> = {}): Promise<Source> {
  const server =
    url === null
      ? await startPostgres({ settings: { max_wal_size: '16GB', checkpoint_timeout: '1h', synchronous_commit: 'off', ...settings } })
      : null;
  const place = server?.url ?? url ?? '';
  const client = new pg.Client({ connectionString: place, application_name: 'tailrace-bench' });
  await client.connect();
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
  return {
    url: place,
    pid: server?.pid ?? null,
    client,
    version: rows[0]?.version ?? 'unknown',
    async [Symbol.asyncDispose]() {
      await client.end();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

/** End of the WAL that was flushed so far, as `X/Y`. */
export async function currentLsn(client: pg.Client): Promise<string> {
  // A checkpoint flushes what asynchronous commits left in memory.
  await client.query('checkpoint');
  const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
  return rows[0]?.lsn ?? '0/0';
}

/**
 * The same, behind a message as that of `await --now`. The replicator seals it at once; what only
 * the server writes waits in the WAL for the next heartbeat, which is a minute away.
 */
export async function sealedLsn(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ lsn: string }>('select pg_logical_emit_message(true, $1, $2)::text as lsn', [MESSAGE_PREFIX, '']);
  return rows[0]?.lsn ?? '0/0';
}
