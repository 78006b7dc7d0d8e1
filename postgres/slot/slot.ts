import type { Lsn } from '../../core/lsn.ts';
import { parseLsn } from '../../core/lsn.ts';
import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection, SourceOptions } from '../session/connect.ts';
import { connect } from '../session/connect.ts';
import { slotCreationError } from './slot-trouble.ts';

/**
 * Application name of our replicator at the source. Other readers of a slot put nothing into the
 * lake.
 */
const REPLICATOR = 'tailrace replicate';

/** How long the creation of a slot waits for older open transactions. */
export const SLOT_LOCK_TIMEOUT_MS = 30_000;

/** One row of pg_replication_slots. */
export interface SlotFacts {
  readonly name: string;
  readonly plugin: string;
  readonly database: string;
  readonly active: boolean;
  readonly activePid: number | null;
  readonly temporary: boolean;
  readonly twoPhase: boolean;
  /** reserved and extended: healthy; unreserved: WAL may be removed soon; lost: unusable. */
  readonly walStatus: 'reserved' | 'extended' | 'unreserved' | 'lost';
  /** Why it was invalidated (17 and later). */
  readonly invalidationReason: string | null;
  /** WAL that the server keeps for it. */
  readonly retainedBytes: number | null;
  /** WAL that may still be written before the slot can be lost; null without a limit. */
  readonly safeWalBytes: number | null;
  readonly confirmedFlush: Lsn | null;
  readonly catalogXminAge: number | null;
}

interface SlotRow {
  readonly plugin: string;
  readonly database: string;
  readonly active: boolean;
  readonly active_pid: number | null;
  readonly temporary: boolean;
  readonly two_phase: boolean;
  readonly wal_status: SlotFacts['walStatus'] | null;
  readonly invalidation_reason: string | null;
  readonly retained_bytes: number | null;
  readonly safe_wal_size: number | null;
  readonly confirmed_flush_lsn: string | null;
  readonly catalog_xmin_age: number | null;
}

/** What a walsender knows about its reader. */
export interface SenderFacts {
  /** WAL that it has not sent yet. */
  readonly unsentBytes: number | null;
  /**
   * Since the last answer of the reader. The server asks for one after half of wal_sender_timeout.
   */
  readonly silentSeconds: number | null;
  /** Commits on the source wait for it (synchronous_standby_names); absent: unknown. */
  readonly synchronous?: boolean;
  /**
   * All that was committed below is in the lake or is not for it. Absent: its reader has not said
   * so, or is no replicator of ours.
   */
  readonly written?: Lsn;
}

interface SenderRow extends Omit<SenderFacts, 'written'> {
  readonly written: string | null;
}

/** Reads a walsender by its pid. Null when it is gone or not visible to us. */
export async function readSender(connection: SqlConnection, pid: number): Promise<SenderFacts | null> {
  const [row] = await connection.query<SenderRow>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)::float8 as "unsentBytes",
            extract(epoch from clock_timestamp() - reply_time)::float8 as "silentSeconds",
            coalesce(sync_state in ('sync', 'quorum'), false) as synchronous,
            case when application_name = $2 then write_lsn end::text as written
       from pg_stat_replication where pid = $1`,
    [pid, REPLICATOR],
  );
  if (row === undefined) return null;
  const { written, ...facts } = row;
  return written === null ? facts : { ...facts, written: parseLsn(written) };
}

/** Reads the slot of that name; null when there is none. */
export async function readSlot(connection: SqlConnection, name: string): Promise<SlotFacts | null> {
  const rows = await connection.query<SlotRow>(
    `select plugin::text, database::text, active, active_pid, temporary, two_phase, wal_status,
            to_jsonb(s) ->> 'invalidation_reason' as invalidation_reason,
            pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
                            restart_lsn)::float8 as retained_bytes,
            safe_wal_size::float8 as safe_wal_size,
            confirmed_flush_lsn::text, age(catalog_xmin)::int as catalog_xmin_age
       from pg_replication_slots s
      where slot_name = $1 and slot_type = 'logical'`,
    [name],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    name,
    plugin: row.plugin,
    database: row.database,
    active: row.active,
    activePid: row.active_pid,
    temporary: row.temporary,
    twoPhase: row.two_phase,
    // Without a position the slot keeps no WAL, so it is unusable.
    walStatus: row.wal_status ?? 'lost',
    invalidationReason: row.invalidation_reason,
    retainedBytes: row.retained_bytes,
    safeWalBytes: row.safe_wal_size,
    confirmedFlush: row.confirmed_flush_lsn === null ? null : parseLsn(row.confirmed_flush_lsn),
    catalogXminAge: row.catalog_xmin_age,
  };
}

/**
 * Creates the permanent slot, without a snapshot and without two_phase, and returns its consistent
 * point. Waits for open transactions. SLOT_BLOCKED names them when that takes too long; no slot is
 * left behind. SLOT_IN_USE when a slot of that name exists: check with `readSlot` first. WAL_LEVEL,
 * SOURCE_REFUSED (no right, no free slot).
 */
export async function createSlot(
  source: SourceOptions,
  name: string,
  lockTimeoutMs: number = SLOT_LOCK_TIMEOUT_MS,
): Promise<{ consistentPoint: Lsn }> {
  await using connection = await connect(source, { role: 'sql', lockTimeoutMs });
  try {
    const rows = await connection.query<{ lsn: string }>(
      `select lsn::text from pg_create_logical_replication_slot($1, 'pgoutput', temporary => false, twophase => false)`,
      [name],
    );
    const row = rows[0];
    if (row === undefined) throw new TailraceError('INTERNAL', 'the new slot has no position');
    return { consistentPoint: parseLsn(row.lsn) };
  } catch (error) {
    throw await slotCreationError(connection, name, error);
  }
}

/** Drops the slot; false when there was none. SLOT_IN_USE while a session reads from it. */
export async function dropSlot(connection: SqlConnection, name: string): Promise<boolean> {
  const rows = await connection.query(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1`, [name]);
  return rows.length > 0;
}
