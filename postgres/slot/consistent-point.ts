import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import type { Lsn } from '../../core/lsn.ts';
import { parseLsn } from '../../core/lsn.ts';
import type { SourceOptions, SqlConnection } from '../session/connect.ts';
import { connect } from '../session/connect.ts';
import { SLOT_LOCK_TIMEOUT_MS } from './slot.ts';
import { slotCreationError } from './slot-trouble.ts';

/**
 * A snapshot and its LSN: the snapshot has exactly the transactions whose commit record is below
 * `lsn`.
 */
export interface ConsistentPoint extends AsyncDisposable {
  readonly lsn: Lsn;
  /** For SET TRANSACTION SNAPSHOT in other sessions, until `release`. */
  readonly snapshot: string;
  /** Ends the temporary slot; sessions that have imported the snapshot keep it. */
  release(): Promise<void>;
}

/** How long to wait for open transactions, in milliseconds; default 30 000. */
export interface ConsistentPointOptions {
  readonly lockTimeoutMs?: number | undefined;
}

/**
 * Creates a temporary slot with an exported snapshot. This is the only way to learn, by LSN, which
 * commits a snapshot has. Waits for open transactions that have written; SLOT_BLOCKED names them
 * when that takes too long.
 */
export async function openConsistentPoint(source: SourceOptions, options: ConsistentPointOptions = {}): Promise<ConsistentPoint> {
  const lockTimeoutMs = options.lockTimeoutMs ?? SLOT_LOCK_TIMEOUT_MS;
  const walsender = await connect(source, { role: 'walsender', lockTimeoutMs });
  try {
    const name = `tailrace_point_${randomBytes(8).toString('hex')}`;
    const point = await createTemporarySlot(walsender, name).catch(async (error: unknown) => {
      await using sql = await connect(source);
      throw await slotCreationError(sql, name, error);
    });
    const release = async (): Promise<void> => await walsender.close();
    return { lsn: parseLsn(point.consistent_point), snapshot: point.snapshot_name, release, [Symbol.asyncDispose]: release };
  } catch (error) {
    await walsender.close();
    throw error;
  }
}

interface PointRow {
  readonly consistent_point: string;
  readonly snapshot_name: string;
}

/**
 * Postgres 14 knows this form with keywords too. The next command on this connection would end the
 * snapshot.
 */
async function createTemporarySlot(walsender: SqlConnection, name: string): Promise<PointRow> {
  const rows = await walsender.query<PointRow>(`CREATE_REPLICATION_SLOT "${name}" TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT`);
  const row = rows[0];
  if (row === undefined) throw new TailraceError('INTERNAL', 'the temporary slot has no consistent point');
  return row;
}

/**
 * A plain session that keeps the snapshot of a consistent point, so that others can import it
 * during a copy.
 */
export interface SnapshotHolder extends AsyncDisposable {
  readonly lsn: Lsn;
  readonly snapshotName: string;
  /** Inside the snapshot's transaction (repeatable read, read only). */
  readonly connection: SqlConnection;
  /** Aborted when the session dies. Snapshots that were imported stay valid; new imports fail. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/**
 * Creates a consistent point and a holder session that imports its snapshot and exports it again,
 * then drops the temporary slot. The slot would retain WAL during the copy. The holder does not; it
 * only keeps VACUUM from removing rows.
 */
export async function holdSnapshot(source: SourceOptions, options: ConsistentPointOptions = {}): Promise<SnapshotHolder> {
  await using point = await openConsistentPoint(source, options);
  const connection = await connect(source);
  try {
    await importSnapshot(connection, point.snapshot);
    const rows = await connection.query<{ name: string }>('select pg_export_snapshot() as name');
    const row = rows[0];
    if (row === undefined) throw new TailraceError('INTERNAL', 'the holder session exported nothing');
    const close = async (): Promise<void> => await connection.close();
    return { lsn: point.lsn, snapshotName: row.name, connection, lost: connection.lost, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Throws SOURCE_UNPROVEN unless the session has reached the server that has the snapshot. Ends its
 * transaction.
 */
export async function requireSharedSnapshot(connection: SqlConnection, snapshot: string): Promise<void> {
  try {
    await importSnapshot(connection, snapshot);
  } catch (error) {
    if (connection.lost.aborted) throw error;
    throw new TailraceError('SOURCE_UNPROVEN', 'two sessions of --source have reached different servers', { cause: error });
  } finally {
    if (!connection.lost.aborted) await connection.query('rollback');
  }
}

/**
 * The oldest transaction (xid8) that the session's snapshot may not include: all older ones had
 * ended.
 */
export async function snapshotXmin(connection: SqlConnection): Promise<string> {
  const [row] = await connection.query<{ xmin: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as xmin');
  if (row === undefined) throw new TailraceError('INTERNAL', 'a snapshot without transactions');
  return row.xmin;
}

/** Begins a read-only transaction that sees exactly what the snapshot sees. */
export async function importSnapshot(connection: SqlConnection, snapshot: string): Promise<void> {
  await connection.query('begin isolation level repeatable read read only');
  await connection.query(`set transaction snapshot '${snapshot.replaceAll("'", "''")}'`);
}
