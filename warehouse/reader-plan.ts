import { sql } from '../warehouse-sql/load.ts';
import type { ReadRequest } from './engine.ts';
import { literalCh, quoteCh } from './names.ts';
import { sortSettings } from './reader-settings.ts';
import { judgeStatement } from './statement.ts';
import { settingsSql, STATEMENT_LIMITS } from './engine-limits.ts';

export interface ReaderLimits {
  readonly memoryBytes: number;
  /** 0: no limit. */
  readonly executionSeconds: number;
}

/**
 * Statements for two separate sessions: one for `vet` and `check`, one for `setup` and `sql`, each
 * in order.
 */
export interface ReaderPlan {
  readonly vet: readonly string[];
  /**
   * Must succeed and call no function that readers may not call; null when the statement contains
   * no query.
   */
  readonly check: string | null;
  readonly setup: readonly string[];
  readonly sql: string;
  readonly format: string;
}

export type Planned = ({ readonly ok: true } & ReaderPlan) | { readonly ok: false; readonly code: number; readonly reason: string };

const NAME = /^[A-Za-z_]\w*$/;

/**
 * A reader's request → the statements that its sessions run.
 * The first session has our settings and `readonly = 1`, and the parser checks the statement. The
 * reader's settings are not in force there: one that limits rows would cut the tree in which
 * functions are searched.
 * The second session has our settings, the reader's database, settings and parameters, and
 * `readonly = 1`. The engine then judges the remaining settings and runs the statement, which
 * writes into the pipe at `path`.
 *
 * Reasons: `readonly = 2` would still read and write files. `readonly = 1` still writes INTO
 * OUTFILE and allows the function file(). So a SELECT must first parse as a subquery, where INTO
 * OUTFILE and a second statement are syntax errors, and it must call no function that reaches
 * outside.
 */
export function planRead(request: ReadRequest, session: { tag: string; path: string; limits: ReaderLimits }): Planned {
  const judged = judgeStatement(request.sql);
  if (!judged.ok) return judged;
  const format = judged.format ?? request.format;
  if (!NAME.test(format)) return { ok: false, code: 73, reason: 'Unknown format. (UNKNOWN_FORMAT)' };
  const misnamed = Object.keys(request.params ?? {}).find((name) => !NAME.test(name));
  if (misnamed !== undefined) return { ok: false, code: 36, reason: `"${misnamed}" is not a parameter name. (BAD_ARGUMENTS)` };
  const settings = sortSettings({ ...request.settings, ...judged.settings }, session.limits);
  const ours = `SET ${limitSettings(session.tag, session.limits)}`;
  const params = assignments(parameters(request.params ?? {}));
  return {
    ok: true,
    vet: [ours, ...params, 'SET readonly = 1', sql('check-syntax', { statement: literalCh(judged.body) })],
    check: judged.select === null ? null : sql('reader-tree', { select: judged.select }),
    setup: [
      ours,
      ...(request.database === undefined ? [] : [`USE ${quoteCh(request.database)}`]),
      ...assignments(settings.honoured),
      ...params,
      'SET readonly = 1',
      ...assignments(settings.judged),
    ],
    sql: `${judged.body}\nINTO OUTFILE ${literalCh(session.path)} TRUNCATE FORMAT ${format}`,
    format,
  };
}

function limitSettings(tag: string, limits: ReaderLimits): string {
  const spill = Math.floor(limits.memoryBytes / 3);
  return [
    `log_comment = ${literalCh(tag)}`,
    `max_memory_usage = ${limits.memoryBytes}`,
    `max_bytes_before_external_group_by = ${spill}`,
    `max_bytes_before_external_sort = ${spill}`,
    `max_execution_time = ${limits.executionSeconds}`,
    settingsSql(STATEMENT_LIMITS),
    'allow_introspection_functions = 0',
    'implicit_select = 0',
    // Columns of views are not Nullable: without this a row without a partner would show zero and
    // empty text.
    'join_use_nulls = 1',
  ].join(', ');
}

/** Values of placeholders as settings. */
export function parameters(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [`param_${name}`, value]));
}

/** Settings as a SET; none when there are none. */
export function assignments(settings: Readonly<Record<string, string>>): string[] {
  const texts = Object.entries(settings).map(([name, value]) => `${quoteCh(name)} = ${literalCh(value)}`);
  return texts.length === 0 ? [] : [`SET ${texts.join(', ')}`];
}
