import { describeError, TailraceError } from '../core/errors.ts';
import type { MaskSalt } from '../core/mask-salt.ts';
import { formatLsn } from '../core/lsn.ts';
import { elapsed } from '../core/time.ts';
import { oidOf } from '../core/table.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { ClonedTable, ComparedTable } from '../lake/control-stage.ts';
import { openLake } from '../lake/lake-identity.ts';
import { connect } from '../postgres/session/connect.ts';
import type { SourceOptions, SqlConnection } from '../postgres/session/connect.ts';
import { holdSnapshot } from '../postgres/slot/consistent-point.ts';
import { MESSAGE_PREFIX } from '../postgres/session/system.ts';
import { emitMessage } from '../postgres/session/system.ts';
import type { Engine } from '../warehouse/engine.ts';
import { ofLargeValue } from '../warehouse/large-value.ts';
import { Hold } from './hold.ts';
import type { HoldOptions } from './hold.ts';
import { setSalt } from './masked-value.ts';
import { Pace } from './source-pace.ts';
import { partInWords } from './part.ts';
import type { Part } from './part.ts';
import { notComparable, verifyReport } from './report.ts';
import type { TableReport, VerifyReport } from './report.ts';
import { verifyTable } from './verify-table.ts';
import type { TableSessions } from './verify-table.ts';

export interface VerifyOptions extends HoldOptions {
  readonly source: SourceOptions;
  readonly engine: Engine;
  /** The salt of the configuration; needed where it masks columns. */
  readonly salt?: MaskSalt | null;
  /**
   * Proves that the snapshot comes from the source of the lake; rejects with SOURCE_UNPROVEN.
   * Default: nothing is proved, for a lake that has no stream.
   */
  readonly prove?: (outside: SqlConnection, snapshotName: string) => Promise<void>;
  /** Default: all rows. */
  readonly part?: Part;
  /** Compare only how many rows each side has. Default: their content. */
  readonly rowsOnly?: boolean;
  /** Most rows per second that the source has to read; default: as many as one session reads. */
  readonly maxRate?: number | null;
  /**
   * How long open transactions of the source may delay the consistent point, while the compactor
   * stands still. Default 10 s.
   */
  readonly lockTimeoutMs?: number;
  /**
   * Every table that should be compared, as the snapshot has it. One that the warehouse has no copy
   * of is reported as not comparable, and not left out.
   */
  readonly expected?: (inside: SqlConnection) => Promise<readonly ExpectedTable[]>;
  /** Called several times a second. */
  readonly progress?: (progress: VerifyProgress) => void;
}

/** A table that is to be replicated. */
export interface ExpectedTable {
  readonly table: string;
  readonly oid: number;
  /** Why it is not replicated as a whole; null: no reason is known. */
  readonly error: string | null;
}

interface VerifyProgress {
  readonly event: 'progress';
  readonly work: 'verify';
  readonly table: string;
  /** Rows of the source, over all tables so far. */
  readonly done: number;
  /** Grows when a table differs, since its rows are then read again. */
  readonly total: number;
  readonly unit: 'rows';
}

const LOCK_TIMEOUT_MS = 10_000;
const ALL: Part = { sample: null, keys: null };

/**
 * Compares the content of source and warehouse at one position, hashed in SQL on both sides.
 * Nothing passes through the codec that is to be proved.
 *
 * The compactor holds. A consistent point X is taken, since only a slot knows which commits a
 * snapshot has. A message makes a manifest beyond X. The compactor applies exactly the commits
 * below X, clones its tables and continues. At the source this changes nothing except for that
 * message, and it reads in one session. The snapshot is released when it is `keepMs` old; tables
 * that are not read by then are not comparable.
 * Throws NOT_RUNNING when no compactor answers, SLOT_BLOCKED when open transactions delay the point
 * for too long. One table that fails does not stop the others.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const part = options.part ?? ALL;
  await using hold = await Hold.open(options);
  await using holder = await holdSnapshot(options.source, { lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS });
  const until = elapsed() + hold.keepMs;
  await hold.point(formatLsn(holder.lsn));
  await using outside = await connect(options.source);
  await emitMessage(outside, MESSAGE_PREFIX, 'verify');
  const tables = await hold.cloned();
  await options.prove?.(outside, holder.snapshotName);
  const inside = holder.connection;
  const expected = (await options.expected?.(inside)) ?? [];
  requireNamed(options.tables, [...tables, ...expected]);
  // The planner expects every row to be a group of its own and would sort them all; there are some
  // thousand groups. One worker is all that the source has to spend.
  await inside.query('SET LOCAL enable_sort = off');
  await inside.query('SET LOCAL max_parallel_workers_per_gather = 0');
  if (options.salt) await setSalt(inside, options.salt);
  const encoding = await outside.query<{ encoding: string }>(`SELECT current_setting('server_encoding') AS encoding`);
  const reports = await compareAll(options, hold, tables, {
    inside,
    outside,
    publication: async () => (await openLake(options.store, null)).name,
    salt: options.salt ?? null,
    engine: options.engine,
    part,
    rowsOnly: options.rowsOnly ?? false,
    pace: new Pace(options.maxRate ?? null),
    until,
    signal: options.signal === undefined ? hold.letGo : AbortSignal.any([options.signal, hold.letGo]),
    serverIsUtf8: ['UTF8', 'SQL_ASCII'].includes(encoding[0]?.encoding ?? ''),
  });
  const judged = withExpected(reports, tables, expected);
  if (part === ALL && options.rowsOnly !== true) hold.found(comparedTables(judged, tables));
  return verifyReport(formatLsn(holder.lsn), partInWords(part), judged);
}

/**
 * A table that is not replicated, or only in part, is in the report too: differences in it would
 * not be found.
 */
function withExpected(
  reports: readonly TableReport[],
  cloned: readonly ClonedTable[],
  expected: readonly ExpectedTable[],
): readonly TableReport[] {
  const byOid = new Map(expected.map((one) => [one.oid, one]));
  const names = new Map(cloned.map(({ table, tableId }) => [table, oidOf(tableId)]));
  const compared = reports.map((report) => {
    const error = byOid.get(names.get(report.table) ?? 0)?.error ?? null;
    if (error === null) return report;
    const match = report.match === false ? false : null;
    return { ...report, match, error: match === false ? `${report.error ?? ''} ${error}`.trim() : error };
  });
  const here = new Set(names.values());
  const missing = expected.filter(({ oid }) => !here.has(oid));
  return [...compared, ...missing.map(({ table, error }) => notComparable(table, error ?? 'the warehouse has no copy of it yet'))];
}

/** Tables that are equal, or not; those that are not comparable are neither. */
function comparedTables(reports: readonly TableReport[], cloned: readonly ClonedTable[]): ComparedTable[] {
  const ids = new Map(cloned.map(({ table, tableId }) => [table, tableId]));
  return reports.flatMap(({ table, match }) => {
    const tableId = ids.get(table);
    return match === null || tableId === undefined ? [] : [{ tableId, equal: match }];
  });
}

function requireNamed(asked: readonly string[] | null, cloned: readonly { readonly table: string }[]): void {
  const unknown = (asked ?? []).filter((table) => !cloned.some((one) => one.table === table));
  if (unknown.length > 0) throw new TailraceError('NO_SUCH_TABLE', `not in the warehouse: ${unknown.join(', ')}`);
}

async function compareAll(
  options: VerifyOptions,
  hold: Hold,
  tables: readonly ClonedTable[],
  sessions: Omit<TableSessions, 'progress'>,
): Promise<TableReport[]> {
  const estimates = new Map<string, number>();
  const reports: TableReport[] = [];
  let before = 0;
  for (const cloned of tables) {
    if (cloned.clone === null) continue;
    const [counted] = await sessions.engine.query<{ rows: string }>(sql('count-clone', { clone: cloned.clone }));
    estimates.set(cloned.table, Number(counted?.rows ?? 0));
  }
  for (const cloned of tables) {
    let done = 0;
    const progress = (table: string, rows: number, of: number): void => {
      estimates.set(table, of);
      done = rows;
      const total = [...estimates.values()].reduce((sum, n) => sum + n, 0);
      options.progress?.({ event: 'progress', work: 'verify', table, done: before + done, total, unit: 'rows' });
    };
    reports.push(await compareOne({ ...sessions, progress }, hold, cloned));
    estimates.set(cloned.table, done);
    before += done;
    options.log.debug({ table: cloned.table, match: reports.at(-1)?.match }, 'table compared');
  }
  return reports;
}

/** Errors of the whole comparison, not of one table. */
const COMMON_ERRORS = ['SOURCE_UNREACHABLE', 'SOURCE_AUTH', 'WAREHOUSE_UNAVAILABLE', 'BAD_ARGUMENT', 'INTERNAL'];

/** Within a savepoint, since a failed statement would end the transaction of the snapshot. */
async function compareOne(sessions: TableSessions, hold: Hold, cloned: ClonedTable): Promise<TableReport> {
  const { inside, signal } = sessions;
  await inside.query('SAVEPOINT one_table');
  try {
    return await verifyTable(sessions, cloned);
  } catch (error) {
    await hold.requireHeld();
    if (!(error instanceof TailraceError) || COMMON_ERRORS.includes(error.code) || signal.aborted) throw error;
    const reason = cloned.clone === null ? error : await ofLargeValue(sessions.engine, cloned.clone, error);
    return notComparable(cloned.table, describeError(reason));
  } finally {
    await inside.query('ROLLBACK TO SAVEPOINT one_table');
    await inside.query('RELEASE SAVEPOINT one_table');
  }
}
