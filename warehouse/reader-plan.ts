import type { ReadRequest } from './engine.ts';
import { literalCh, quoteCh } from './names.ts';
import { judgeStatement } from './statement.ts';

export interface ReaderLimits {
  readonly memoryBytes: number;
  /** 0: no limit. */
  readonly executionSeconds: number;
}

/** Statements for a session of its own: `setup` in order, then `check`, then `sql`. */
export interface ReaderPlan {
  readonly setup: readonly string[];
  /** Must succeed and name no function that is denied to readers; null when there is no query within. */
  readonly check: string | null;
  readonly sql: string;
  readonly format: string;
}

export type Planned = ({ readonly ok: true } & ReaderPlan) | { readonly ok: false; readonly code: number; readonly reason: string };

/** Settings that change how values are written and nothing else. `output_format_schema` names a file to write. */
const FORMAT_SETTING =
  /^(?:output_format_(?!schema$)\w+|date_time_output_format|interval_output_format|bool_(?:true|false)_representation|format_(?:csv_delimiter|csv_null_representation|tsv_null_representation))$/;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * A reader's request → what its session runs: our settings, the reader's output formats and parameters, `readonly = 1`,
 * then the parser's check, then the statement itself, written into the pipe at `path`.
 *
 * Why each: `readonly = 2` would still read and write files; `readonly = 1` still writes INTO OUTFILE and lets the function file() read,
 * so a SELECT must first parse as a subquery, where INTO OUTFILE and a second statement are syntax errors, and call nothing that reaches out.
 */
export function planRead(request: ReadRequest, session: { tag: string; path: string; limits: ReaderLimits }): Planned {
  const judged = judgeStatement(request.sql);
  if (!judged.ok) return judged;
  const format = judged.format ?? request.format;
  if (!NAME.test(format)) return { ok: false, code: 73, reason: 'Unknown format. (UNKNOWN_FORMAT)' };
  return {
    ok: true,
    setup: [
      `SET ${limitSettings(session.tag, session.limits)}`,
      ...assignments(formatSettings(request.settings ?? {})),
      ...assignments(parameters(request.params ?? {})),
      'SET readonly = 1',
      `SELECT formatQuery(${literalCh(judged.body)})`, // the parser's complaint, in words about the reader's own text
    ],
    check: judged.select === null ? null : `EXPLAIN AST SELECT * FROM (${judged.select}\n)`,
    sql: `${judged.body}\nINTO OUTFILE ${literalCh(session.path)} TRUNCATE FORMAT ${format}`,
    format,
  };
}

/** The settings of a reader's request that are honoured. */
export function formatSettings(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => FORMAT_SETTING.test(name)));
}

function limitSettings(tag: string, limits: ReaderLimits): string {
  const spill = Math.floor(limits.memoryBytes / 3);
  return [
    `log_comment = ${literalCh(tag)}`,
    `max_memory_usage = ${limits.memoryBytes}`,
    `max_bytes_before_external_group_by = ${spill}`,
    `max_bytes_before_external_sort = ${spill}`,
    `max_execution_time = ${limits.executionSeconds}`,
    // A table of 1,600 columns makes long statements.
    'max_query_size = 16777216, max_ast_elements = 500000, max_expanded_ast_elements = 1000000',
    'allow_introspection_functions = 0',
    'implicit_select = 0',
  ].join(', ');
}

function parameters(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).flatMap(([name, value]) => (NAME.test(name) ? [[`param_${name}`, value]] : [])));
}

function assignments(settings: Record<string, string>): string[] {
  const texts = Object.entries(settings).map(([name, value]) => `${quoteCh(name)} = ${literalCh(value)}`);
  return texts.length === 0 ? [] : [`SET ${texts.join(', ')}`];
}
