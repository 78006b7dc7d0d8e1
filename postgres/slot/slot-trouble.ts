import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from '../session/connect.ts';
import { sqlState } from '../session/sqlstate.ts';

const LOCK_NOT_AVAILABLE = '55P03';
const NOT_IN_PREREQUISITE_STATE = '55000';
const DUPLICATE_OBJECT = '42710';
const NAMED_BLOCKERS = 5;

/** Explains why the creation of a slot failed. Call it while the cause still exists. */
export async function slotCreationError(connection: SqlConnection, name: string, error: unknown): Promise<unknown> {
  const state = sqlState(error);
  if (state === LOCK_NOT_AVAILABLE) {
    return new TailraceError('SLOT_BLOCKED', `the slot ${name} waits for ${await describeBlockers(connection)}`, { cause: error });
  }
  if (state === DUPLICATE_OBJECT) return new TailraceError('SLOT_IN_USE', `the slot ${name} exists already`, { cause: error });
  if (state !== NOT_IN_PREREQUISITE_STATE) return error;
  const level = await walLevel(connection);
  return level === 'logical' ? error : new TailraceError('WAL_LEVEL', `wal_level is ${level}`, { cause: error });
}

/** The current `wal_level` of the source. */
export async function walLevel(connection: SqlConnection): Promise<string> {
  const rows = await connection.query<{ level: string }>(`select current_setting('wal_level') as level`);
  return rows[0]?.level ?? 'unknown';
}

interface BlockerRow {
  readonly what: string;
}

/**
 * Lists the sessions with an open transaction that has written: "pid 4711 (psql, user app, open for
 * 93 s)".
 */
async function describeBlockers(connection: SqlConnection): Promise<string> {
  const rows = await connection.query<BlockerRow>(
    `select format('pid %s (%s, user %s, open for %s s)', pid, coalesce(nullif(application_name, ''), 'no name'), usename,
                   coalesce(extract(epoch from clock_timestamp() - xact_start)::int::text, '?')) as what
       from pg_stat_activity
      where backend_xid is not null and pid <> pg_backend_pid()
     union all
     select format('prepared transaction %L (user %s, since %s)', gid, owner, prepared::timestamptz(0)) from pg_prepared_xacts
      limit ${NAMED_BLOCKERS}`,
  );
  return rows.length === 0 ? 'a transaction that has ended since' : rows.map((row) => row.what).join(', ');
}
