import { TailraceError } from '../core/errors.ts';
import { formatLsn } from '../core/lsn.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import { connect } from '../postgres/connect.ts';
import type { SourceOptions, SqlConnection } from '../postgres/connect.ts';
import { holdSnapshot } from '../postgres/consistent-point.ts';
import { MESSAGE_PREFIX } from '../postgres/message-prefix.ts';
import { emitMessage } from '../postgres/system.ts';
import type { Engine } from '../warehouse/engine.ts';
import { Hold } from './hold.ts';
import type { HoldOptions } from './hold.ts';
import { notComparable, verifyReport } from './report.ts';
import type { TableReport, VerifyReport } from './report.ts';
import { verifyTable } from './verify-table.ts';
import type { VerifySessions } from './verify-table.ts';

export interface VerifyOptions extends HoldOptions {
  readonly source: SourceOptions;
  readonly engine: Engine;
  /** Told after each table. */
  readonly progress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly event: 'progress';
  readonly work: 'verify';
  readonly table: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'tables';
}

/** How long open transactions of the source may keep us from a consistent point; the compactor stands still meanwhile. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Compares content of source and warehouse at one position, hashed in SQL on both sides: nothing passes through the codec that is to be proven.
 *
 * The compactor holds; a consistent point X is taken (only a slot knows which commits a snapshot has); a message makes a manifest beyond X come;
 * the compactor applies exactly the commits below X, clones its tables and goes on. Changes nothing at the source but that one message.
 * Throws NOT_RUNNING when no compactor answers, SLOT_BLOCKED when open transactions keep a point from being made. Tables fail each for itself.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  await using hold = await Hold.open(options);
  await using holder = await holdSnapshot(options.source, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  await hold.point(formatLsn(holder.lsn));
  await using outside = await connect(options.source);
  await emitMessage(outside, MESSAGE_PREFIX, 'verify');
  const tables = await hold.cloned();
  requireNamed(options.tables, tables);
  return verifyReport(formatLsn(holder.lsn), await compareAll(options, tables, { inside: holder.connection, outside }));
}

function requireNamed(asked: readonly string[] | null, cloned: readonly ClonedTable[]): void {
  const unknown = (asked ?? []).filter((table) => !cloned.some((one) => one.table === table));
  if (unknown.length > 0) throw new TailraceError('NO_SUCH_TABLE', `not in the warehouse: ${unknown.join(', ')}`);
}

async function compareAll(
  options: VerifyOptions,
  tables: readonly ClonedTable[],
  sessions: { inside: SqlConnection; outside: SqlConnection },
): Promise<TableReport[]> {
  // The planner takes every row for a group of its own and would sort them all; there are some thousand groups.
  await sessions.inside.query('SET LOCAL enable_sort = off');
  const encoding = await sessions.outside.query<{ encoding: string }>(`SELECT current_setting('server_encoding') AS encoding`);
  const serverIsUtf8 = ['UTF8', 'SQL_ASCII'].includes(encoding[0]?.encoding ?? '');
  const reports: TableReport[] = [];
  for (const [i, table] of tables.entries()) {
    reports.push(await compareOne({ ...sessions, engine: options.engine, serverIsUtf8 }, table));
    options.log.debug({ table: table.table, match: reports.at(-1)?.match }, 'table compared');
    options.progress?.({ event: 'progress', work: 'verify', table: table.table, done: i + 1, total: tables.length, unit: 'tables' });
  }
  return reports;
}

/** Errors that concern the whole comparison, not one table. */
const COMMON_ERRORS = ['SOURCE_UNREACHABLE', 'SOURCE_AUTH', 'WAREHOUSE_UNAVAILABLE', 'INTERNAL'];

/** Within a savepoint: a failed statement would end the snapshot's transaction, and the lock on the table goes with it. */
async function compareOne(sessions: VerifySessions, cloned: ClonedTable): Promise<TableReport> {
  await sessions.inside.query('SAVEPOINT one_table');
  try {
    return await verifyTable(sessions, cloned);
  } catch (error) {
    if (!(error instanceof TailraceError) || COMMON_ERRORS.includes(error.code)) throw error;
    return notComparable(cloned.table, error.message);
  } finally {
    await sessions.inside.query('ROLLBACK TO SAVEPOINT one_table');
  }
}
