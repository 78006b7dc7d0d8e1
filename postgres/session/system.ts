import type { Lsn } from '../../core/lsn.ts';
import { parseLsn } from '../../core/lsn.ts';
import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from './connect.ts';

/** Prefix of our logical messages. In the stream it says that someone waits for the message. */
export const MESSAGE_PREFIX = 'tailrace';

/** Content of a message of ours that nobody waits for: it only has a place in the log. */
export const QUIET_MESSAGE = 'quiet';

/** Identity of a database and its server, and their current position. */
export interface SourceSystem {
  /** The system identifier of pg_control: a restored backup keeps it, initdb creates a new one. */
  readonly systemId: string;
  readonly timeline: number;
  /** Start time of the server, as text. It differs between two servers made from one disk. */
  readonly startedAt: string;
  readonly database: string;
  /** WAL up to here is durable at the source. */
  readonly flushLsn: Lsn;
  /** server_version_num, for example 180004. */
  readonly serverVersion: number;
  /** The source's clock, milliseconds since 1970. */
  readonly serverTimeMs: number;
  /** End of the log just after that time, with what is not durable yet. */
  readonly insertLsn: Lsn;
}

interface SystemRow {
  readonly system_id: string;
  readonly timeline: number;
  readonly started_at: string;
  readonly database: string;
  readonly flush_lsn: string;
  readonly server_version: number;
  readonly server_time_ms: number;
  readonly insert_lsn: string;
}

/** Reads it in one query. SOURCE_REFUSED on a standby: our slots are on the primary. */
export async function identifySystem(connection: Pick<SqlConnection, 'query'>): Promise<SourceSystem> {
  const standby = await connection.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
  if (standby[0]?.standby !== false) {
    throw new TailraceError('SOURCE_REFUSED', 'the source is a standby', { hint: 'Connect to the primary in --source.' });
  }
  // pg_control has the timeline of the last checkpoint, which may be older than a promotion. The
  // name of a WAL file has the current one.
  const rows = await connection.query<SystemRow>(`
    select (select system_identifier::text from pg_control_system()) as system_id,
           ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as timeline,
           extract(epoch from pg_postmaster_start_time())::text as started_at,
           current_database()::text as database,
           pg_current_wal_flush_lsn()::text as flush_lsn,
           current_setting('server_version_num')::int as server_version,
           (extract(epoch from clock_timestamp()) * 1000)::float8 as server_time_ms,
           pg_current_wal_insert_lsn()::text as insert_lsn`);
  const row = rows[0];
  if (row === undefined) throw new TailraceError('INTERNAL', 'the query for the system gave no row');
  return {
    systemId: row.system_id,
    timeline: row.timeline,
    startedAt: row.started_at,
    database: row.database,
    flushLsn: parseLsn(row.flush_lsn),
    serverVersion: row.server_version,
    serverTimeMs: row.server_time_ms,
    insertLsn: parseLsn(row.insert_lsn),
  };
}

/**
 * Commits a transactional logical message and returns the end of its record. Transactions that
 * committed before the call have their commit record below; its own commit record is above. Only a
 * transactional message lets an idle slot release WAL.
 */
export async function emitMessage(connection: SqlConnection, prefix: string, content: string): Promise<Lsn> {
  const rows = await connection.query<{ lsn: string }>('select pg_logical_emit_message(true, $1::text, $2::text)::text as lsn', [
    prefix,
    content,
  ]);
  const row = rows[0];
  if (row === undefined) throw new TailraceError('INTERNAL', 'the message returned no position');
  return parseLsn(row.lsn);
}
