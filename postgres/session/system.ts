import type { Lsn } from '../../core/lsn.ts';
import { parseLsn } from '../../core/lsn.ts';
import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from './connect.ts';

/**
 * Prefix of every logical message of ours: by it the stream knows that somebody waits for the
 * message.
 */
export const MESSAGE_PREFIX = 'tailrace';

/** Which cluster and database this is, and where it stands. */
export interface SourceSystem {
  /** pg_control's system identifier: the same after a restore of a backup, another after initdb. */
  readonly systemId: string;
  readonly timeline: number;
  /** When the server was started, text: two servers made from one disk have different ones. */
  readonly startedAt: string;
  readonly database: string;
  /** WAL up to here is durable at the source. */
  readonly flushLsn: Lsn;
  /** server_version_num, for example 180004. */
  readonly serverVersion: number;
  /** The source's clock, milliseconds since 1970. */
  readonly serverTimeMs: number;
}

interface SystemRow {
  readonly system_id: string;
  readonly timeline: number;
  readonly started_at: string;
  readonly database: string;
  readonly flush_lsn: string;
  readonly server_version: number;
  readonly server_time_ms: number;
}

/** Reads it in one query. A standby answers SOURCE_REFUSED: slots of ours live on the primary. */
export async function identifySystem(connection: Pick<SqlConnection, 'query'>): Promise<SourceSystem> {
  const standby = await connection.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
  if (standby[0]?.standby !== false) {
    throw new TailraceError('SOURCE_REFUSED', 'the source is a standby', { hint: 'Name the primary in --source.' });
  }
  // The timeline in pg_control is that of the last checkpoint, which a promotion leaves behind; a
  // WAL file's name has the current one.
  const rows = await connection.query<SystemRow>(`
    select (select system_identifier::text from pg_control_system()) as system_id,
           ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as timeline,
           extract(epoch from pg_postmaster_start_time())::text as started_at,
           current_database()::text as database,
           pg_current_wal_flush_lsn()::text as flush_lsn,
           current_setting('server_version_num')::int as server_version,
           (extract(epoch from clock_timestamp()) * 1000)::float8 as server_time_ms`);
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
  };
}

/**
 * Commits a transactional logical message and returns where its record ends: every transaction that
 * had committed before the call has its commit record below, its own commit record is above. Only a
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
