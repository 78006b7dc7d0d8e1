import { statfs } from 'node:fs/promises';
import type { SqlConnection } from '../session/connect.ts';

/** What decides how long the source can keep WAL for tailrace. */
export interface SourceHealth {
  /** max_slot_wal_keep_size in bytes; null: no limit. */
  readonly walKeepBytes: number | null;
  /**
   * Free bytes on the disk of the data directory, if that is visible on this machine; null:
   * unknown.
   */
  readonly diskFreeBytes: number | null;
  /** The oldest open transaction that has written. Postgres keeps all WAL since its start. */
  readonly longestTransaction: OpenTransaction | null;
  /**
   * Bytes that the decoder of the slot spilled to the source's disk since the statistics were
   * reset; null: unknown.
   */
  readonly spilledBytes: number | null;
}

export interface OpenTransaction {
  readonly seconds: number;
  readonly pid: number;
  /** application_name and user, for people */
  readonly by: string;
}

interface HealthRow {
  readonly keep_mib: number | null;
  readonly directory: string | null;
  readonly local: boolean;
  readonly seconds: number | null;
  readonly pid: number | null;
  readonly by: string | null;
  readonly spilled: number | null;
}

/** Reads it. Without pg_read_all_stats, other sessions' queries are hidden, but not their age. */
export async function readHealth(connection: SqlConnection, slot: string | null): Promise<SourceHealth> {
  const [row] = await connection.query<HealthRow>(
    `select (select nullif(setting, '-1')::float8 from pg_settings where name = 'max_slot_wal_keep_size') as keep_mib,
            (select setting from pg_settings where name = 'data_directory') as directory,
            coalesce(inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1', true) as local,
            t.seconds, t.pid, t.by,
            (select spill_bytes::float8 from pg_stat_replication_slots where slot_name = $1) as spilled
       from (select 1) as one
       left join lateral (
            select extract(epoch from clock_timestamp() - xact_start)::float8 as seconds, pid,
                   concat_ws(' of user ', nullif(application_name, ''), usename) as by
              from pg_stat_activity
             where backend_xid is not null and backend_type = 'client backend' and pid <> pg_backend_pid()
             order by xact_start limit 1) as t on true`,
    [slot],
  );
  if (row === undefined) return { walKeepBytes: null, diskFreeBytes: null, longestTransaction: null, spilledBytes: null };
  const { seconds, pid, by } = row;
  return {
    walKeepBytes: row.keep_mib === null ? null : row.keep_mib * 1024 * 1024,
    diskFreeBytes: row.local && row.directory !== null ? await freeBytes(row.directory) : null,
    longestTransaction: seconds === null || pid === null ? null : { seconds, pid, by: by ?? '' },
    spilledBytes: row.spilled,
  };
}

/**
 * A server on this machine may run in a container with its own disk. Then its directory is not
 * here.
 */
async function freeBytes(directory: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(`${directory}/pg_wal`);
    return bavail * bsize;
  } catch {
    return null;
  }
}
