import { statfs } from 'node:fs/promises';
import type { SqlConnection } from '../session/connect.ts';

/** What on the source decides for how long it can keep WAL for us. */
export interface SourceHealth {
  /** max_slot_wal_keep_size in bytes; null: no limit. */
  readonly walKeepBytes: number | null;
  /**
   * Free on the disk with the data directory, where that is on this machine and may be seen; null:
   * unknown.
   */
  readonly diskFreeBytes: number | null;
  /**
   * The oldest transaction that has changed something and is still open: WAL from its beginning on
   * is kept for it.
   */
  readonly longestTransaction: OpenTransaction | null;
  /**
   * What the slot's decoder has written to the source's disk since the statistics were reset; null:
   * unknown.
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

/** Reads it; who may not see other sessions' queries (pg_read_all_stats) still sees their age. */
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
 * A server on this machine may still be in a container, with a disk of its own: then its directory
 * is not here.
 */
async function freeBytes(directory: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(`${directory}/pg_wal`);
    return bavail * bsize;
  } catch {
    return null;
  }
}
