import { isDenied } from './denied-function.ts';
import { nameOf } from './select/name-chain.ts';
import { cutTail } from './statement-tail.ts';
import type { StatementTail } from './statement-tail.ts';
import { keyword, tokenize } from './token.ts';
import type { Token } from './token.ts';

/**
 * A reader's statement, judged. Pure: the text decides here, and the engine's parser decides last
 * (reader-plan).
 */
export type Judged =
  | {
      readonly ok: true;
      /** The statement without its closing FORMAT and SETTINGS clauses and semicolons. */
      readonly body: string;
      /** The format that its text asks for. */
      readonly format: string | null;
      /** The settings that its closing SETTINGS clauses ask for. */
      readonly settings: Readonly<Record<string, string>>;
      /** The SELECT within it, which must parse as a subquery; null when there is none. */
      readonly select: string | null;
    }
  | { readonly ok: false; readonly code: number; readonly reason: string };

const READS = 'only SELECT, WITH, SHOW, DESCRIBE, EXPLAIN and EXISTS can be run here';
/**
 * Ends the query that EXPLAIN AST parses: it would take the output clauses that follow for its own,
 * and the answer would be empty.
 */
export const END_OF_TREE = '\nFORMAT Null';
const READONLY = 164;
const SYNTAX = 62;

/** A reader's text → the part of it that may run, or a refusal with ClickHouse's error code. */
export function judgeStatement(sql: string): Judged {
  const tokens = tokenize(sql);
  while (isSymbol(tokens.at(-1), ';')) tokens.pop();
  const first = tokens[0];
  if (!first) return refuse(SYNTAX, 'the query is empty');
  const tail = cutTail(tokens);
  const last = tokens.at(-1);
  if (!last) return refuse(SYNTAX, 'the query is empty');
  const fault = findFault(tokens);
  if (fault) return fault;
  switch (keyword(first)) {
    case 'SELECT':
    case 'WITH':
    case 'FROM':
    case '(': {
      const select = sql.slice(first.start, last.end);
      return { ok: true, body: select, ...tail, select };
    }
    case 'SHOW':
      return showStatement(sql, tokens, tail);
    case 'EXISTS':
      if (mayBeFile(tokens)) return refuse(READONLY, 'default has files of this machine, and no tables');
      return plainStatement(sql, tokens, tail);
    case 'DESC':
    case 'DESCRIBE':
    case 'EXPLAIN':
      return statementAbout(sql, tokens, tail);
    default:
      return refuse(READONLY, READS);
  }
}

/**
 * SHOW, EXISTS, or DESCRIBE of a table: written again from its tokens, so that no character that
 * only our lexer takes for a blank reaches the engine.
 */
function plainStatement(sql: string, tokens: readonly Token[], tail: StatementTail): Judged {
  if (!tokens.every(isPlain)) return refuse(READONLY, 'this statement takes names and text only; query the system tables instead');
  return { ok: true, body: rewrite(sql, tokens), ...tail, select: null };
}

/**
 * SHOW TABLES … WHERE condition LIMIT n: the condition is any expression, so it is checked as the
 * condition of a query.
 */
function showStatement(sql: string, tokens: readonly Token[], tail: StatementTail): Judged {
  const at = tokens.findIndex((token) => keyword(token) === 'WHERE');
  const [from, last] = [tokens[at], tokens.at(-1)];
  const before = tokens.slice(0, at);
  if (!from || !last || !before.every(isPlain)) return plainStatement(sql, tokens, tail);
  const condition = sql.slice(from.start, last.end);
  return { ok: true, body: `${rewrite(sql, before)} ${condition}`, ...tail, select: `SELECT 1 ${condition}` };
}

/**
 * DESCRIBE (SELECT …), EXPLAIN … SELECT …: the words before the query must be plain; the query is
 * checked like any other.
 */
function statementAbout(sql: string, tokens: readonly Token[], tail: StatementTail): Judged {
  const at = tokens.findIndex((token) => ['SELECT', 'WITH', '('].includes(keyword(token)));
  const before = tokens.slice(0, at);
  const end = isTree(before) ? END_OF_TREE : '';
  // A reader of another process may have judged the statement before.
  const query = end !== '' && hasEnd(tokens) ? tokens.slice(at, -2) : tokens.slice(at);
  const [from, last] = [tokens[at], query.at(-1)];
  if (!from || !last) return plainStatement(sql, tokens, tail);
  if (!before.every(isPlain)) return refuse(READONLY, READS);
  const select = sql.slice(from.start, last.end);
  return { ok: true, body: `${rewrite(sql, before)} ${select}${end}`, ...tail, select };
}

/**
 * EXISTS of a name in `default`, where the engine looks for files: one with that database, or one
 * without any that looks like a path.
 */
function mayBeFile(tokens: readonly Token[]): boolean {
  const [database, dot, table] = [tokens.at(-3), tokens.at(-2), tokens.at(-1)];
  if (isSymbol(dot, '.')) return database !== undefined && nameOf(database) === 'default';
  return table?.kind === 'quoted' && /[./\\]/.test(table.text);
}

/** EXPLAIN AST. */
function isTree(before: readonly Token[]): boolean {
  return before.length > 1 && before.slice(0, 2).map(keyword).join(' ') === 'EXPLAIN AST';
}

/** END_OF_TREE as tokens. */
function hasEnd(tokens: readonly Token[]): boolean {
  return tokens.slice(-2).map(keyword).join(' ') === 'FORMAT NULL';
}

function isPlain(token: Token): boolean {
  if (token.kind === 'symbol') return ['=', ',', '.'].includes(token.text);
  return token.kind !== 'string' || token.text.startsWith("'");
}

function rewrite(sql: string, tokens: readonly Token[]): string {
  return tokens.map((token) => sql.slice(token.start, token.end)).join(' ');
}

function findFault(tokens: readonly Token[]): Judged | null {
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    if (isSymbol(token, ';')) return refuse(SYNTAX, 'only one statement can be run at a time');
    if (keyword(token) === 'INTO' && next && keyword(next) === 'OUTFILE') return refuse(READONLY, 'INTO OUTFILE is not allowed here');
    const called = isSymbol(next, '(') && (token.kind === 'word' || token.kind === 'quoted');
    if (called && isDenied(token.text)) return refuse(READONLY, `${token.text}() reaches outside the warehouse`);
  }
  return null;
}

function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}

function refuse(code: typeof READONLY | typeof SYNTAX, reason: string): Judged {
  return { ok: false, code, reason: `${reason}. (${code === READONLY ? 'READONLY' : 'SYNTAX_ERROR'})` };
}
