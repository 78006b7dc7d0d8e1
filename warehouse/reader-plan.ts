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
 * Statements for two sessions of its own: one for `vet` and `check`, one for `setup` and `sql`,
 * each in order.
 */
export interface ReaderPlan {
  readonly vet: readonly string[];
  /**
   * Must succeed and name no function that is denied to readers; null when there is no query
   * within.
   */
  readonly check: string | null;
  readonly setup: readonly string[];
  readonly sql: string;
  readonly format: string;
}

export type Planned = ({ readonly ok: true } & ReaderPlan) | { readonly ok: false; readonly code: number; readonly reason: string };

const NAME = /^[A-Za-z_]\w*$/;

/**
 * A reader's request → what its sessions run. The first has our settings and `readonly = 1`, and
 * lets the parser check the statement. No setting of the reader is in force there: one that limits
 * rows would cut the tree in which functions are looked for. The second has our settings, the
 * reader's database, settings and parameters, and `readonly = 1`; then the engine judges the
 * settings that are left, and the statement itself runs, written into the pipe at `path`.
 *
 * Why each: `readonly = 2` would still read and write files; `readonly = 1` still writes INTO
 * OUTFILE and lets the function file() read, so a SELECT must first parse as a subquery, where INTO
 * OUTFILE and a second statement are syntax errors, and call nothing that reaches out.
 */
export function planRead(request: ReadRequest, session: { tag: string; path: string; limits: ReaderLimits }): Planned {
  const judged = judgeStatement(request.sql);
  if (!judged.ok) return judged;
  const format = judged.format ?? request.format;
  if (!NAME.test(format)) return { ok: false, code: 73, reason: 'Unknown format. (UNKNOWN_FORMAT)' };
  const misnamed = Object.keys(request.params ?? {}).find((name) => !NAME.test(name));
  if (misnamed !== undefined) return { ok: false, code: 36, reason: `"${misnamed}" is no name of a parameter. (BAD_ARGUMENTS)` };
  const settings = sortSettings({ ...request.settings, ...judged.settings }, session.limits);
  const ours = `SET ${limitSettings(session.tag, session.limits)}`;
  const params = assignments(parameters(request.params ?? {}));
  return {
    ok: true,
    vet: [
      ours,
      ...params,
      'SET readonly = 1',
      `SELECT formatQuery(${literalCh(judged.body)})`, // the parser's complaint, in words about the reader's own text
    ],
    check: judged.select === null ? null : `EXPLAIN AST SELECT * FROM (${judged.select}\n)`,
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
    // Columns of views are not Nullable, so a row without a partner would read as zero and empty
    // text.
    'join_use_nulls = 1',
  ].join(', ');
}

function parameters(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [`param_${name}`, value]));
}

function assignments(settings: Record<string, string>): string[] {
  const texts = Object.entries(settings).map(([name, value]) => `${quoteCh(name)} = ${literalCh(value)}`);
  return texts.length === 0 ? [] : [`SET ${texts.join(', ')}`];
}
