import { TailraceError, withoutCode } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { hidesInput, hidesTables } from '../denied-function.ts';
import type { Engine } from '../engine.ts';
import { literalCh, quoteCh } from '../names.ts';
import { nameChains } from './name-chain.ts';
import type { NameChain } from './name-chain.ts';
import { judgeStatement } from '../statement.ts';
import { SyntaxTree } from './syntax-tree.ts';
import { keyword, tokenize } from '../token.ts';

/** A table as a SELECT names it. */
export interface SelectTable {
  /** null: the name stands alone, and the session's database is meant. */
  readonly database: string | null;
  readonly name: string;
}

/** What a SELECT reads and calls. */
export interface SelectParts {
  /** The statement without closing semicolons. */
  readonly select: string;
  /** Each once, in the order of the tree; names of WITH are not among them. */
  readonly tables: readonly SelectTable[];
  /** Lower-case names, each once. */
  readonly functions: readonly string[];
}

/** BAD_QUERY with its line, for an error that names a file too. */
export class RefusedSelect extends TailraceError {
  /** The line of the text that is meant, from 1. */
  readonly line: number;

  constructor(what: string, hint: string, options: { line?: number; cause?: unknown } = {}) {
    super('BAD_QUERY', what, { hint, cause: options.cause });
    this.line = options.line ?? 1;
  }
}

/**
 * The tables that a SELECT reads, by the engine's own parser; no table has to exist.
 * The tree shows every table behind FROM, and names what stands where a table could. Any other way
 * to read a table is refused with RefusedSelect: `IN database.table`, dictionaries, joinGet,
 * merge() and other table functions, and every function that reaches outside. Refused too: several
 * statements, FORMAT, SETTINGS, INTO, and a table whose name is also the name of a column, because
 * `renameDatabases` could not tell one from the other.
 */
export async function selectTables(engine: Pick<Engine, 'query'>, text: string): Promise<SelectParts> {
  const select = oneSelect(text);
  const tree = await parse(engine, select);
  if (tree.has('Set'))
    throw new RefusedSelect('SETTINGS are not allowed', 'Remove the SETTINGS clause.', { line: lineOf(select, 'SETTINGS') });
  const hiding = tree.tableFunctions().find(hidesTables);
  if (hiding !== undefined) {
    throw new RefusedSelect(`${hiding}() reads tables that the SELECT does not name`, 'Name the tables after FROM.', {
      line: lineOf(select, hiding),
    });
  }
  const functions = [...new Set(tree.texts('Function').map((name) => name.toLowerCase()))];
  const called = tree.texts('Function').find(hidesInput);
  if (called !== undefined) {
    throw new RefusedSelect(`${called}() reads what the SELECT does not name`, 'Join the table instead.', { line: lineOf(select, called) });
  }
  const chains = nameChains(select);
  const common = namesOfWith(select);
  const known = new Set([...common, ...tree.aliases()]);
  const inside = tree.namesAfterIn().find((name) => !known.has(name));
  if (inside !== undefined) {
    throw new RefusedSelect(
      `IN ${inside} does not show whether a table is read`,
      `Write IN (SELECT … FROM ${inside}), or has() for an array.`,
      {
        line: lineOf(select, 'IN'),
      },
    );
  }
  const tables = new Map<string, SelectTable>();
  for (const name of new Set(tree.texts('TableIdentifier'))) {
    const table = tableNamed(name, chains);
    if (table.database === null && common.has(name)) continue;
    if (table.database !== null && tree.columns().includes(name)) {
      throw new RefusedSelect(`${name} is the name of a table and of a column`, 'Give the table an alias and use it before the column.');
    }
    tables.set(name, table);
  }
  return { select, tables: [...tables.values()], functions };
}

/**
 * The SELECT with other databases: `rename` gives the new one for each of `tables` (as
 * `selectTables` found them). Only names of these tables change, also before a column
 * (`db.table.column`); strings, comments, aliases and columns stay as they are. Names without a
 * database stay too.
 */
export function renameDatabases(
  select: string,
  tables: readonly SelectTable[],
  rename: (table: { readonly database: string; readonly name: string }) => string,
): string {
  let renamed = '';
  let done = 0;
  for (const { parts, start, end } of nameChains(select)) {
    const table = tables.find(({ database, name }) => database === parts[0] && name === parts[1]);
    if (!table || table.database === null) continue;
    renamed += select.slice(done, start) + quoteCh(rename({ database: table.database, name: table.name }));
    done = end;
  }
  return renamed + select.slice(done);
}

/**
 * The text of the one SELECT in it, without closing semicolons, judged by its words alone. Throws
 * RefusedSelect.
 */
export function oneSelect(text: string): string {
  const judged = judgeStatement(text);
  const hint = 'Write one SELECT.';
  if (!judged.ok) throw new RefusedSelect(judged.reason.replace(/\. \([A-Z_]+\)$/, ''), hint);
  if (judged.select === null || judged.select !== judged.body) throw new RefusedSelect('it is not a SELECT', hint);
  if (judged.format !== null)
    throw new RefusedSelect('FORMAT is not allowed', 'Remove the FORMAT clause.', { line: lineOf(text, 'FORMAT') });
  if (Object.keys(judged.settings).length > 0)
    throw new RefusedSelect('SETTINGS are not allowed', 'Remove the SETTINGS clause.', { line: lineOf(text, 'SETTINGS') });
  return judged.select;
}

async function parse(engine: Pick<Engine, 'query'>, select: string): Promise<SyntaxTree> {
  try {
    const rows = await engine.query<{ readonly explain: string }>(sql('reader-tree', { select }));
    return new SyntaxTree(rows.map(({ explain }) => explain));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw await syntaxFault(engine, select, error);
  }
}

/** The parser's complaint about the text itself, without the statement around it. */
async function syntaxFault(engine: Pick<Engine, 'query'>, select: string, first: TailraceError): Promise<RefusedSelect> {
  const error = await engine.query(sql('check-syntax', { statement: literalCh(select) })).then(
    () => first,
    (thrown: unknown) => (isRefusal(thrown) ? thrown : first),
  );
  const said = error.cause instanceof Error ? error.cause.message : withoutCode(error.message);
  const line = error === first ? undefined : /\(line (\d+), col \d+\)/.exec(said)?.[1];
  return new RefusedSelect(said, 'Correct the SELECT.', { line: Number(line ?? 1), cause: error });
}

function isRefusal(error: unknown): error is TailraceError {
  return error instanceof TailraceError && error.code === 'WAREHOUSE_QUERY';
}

/**
 * Tables of a statement as `database.table`, each once, from the names of its syntax tree. A name
 * of WITH is not among them. Pure.
 */
export function namedTables(text: string, names: readonly string[], database: string): string[] {
  const common = namesOfWith(text);
  const tables = names.filter((name) => !common.has(name)).map((name) => (name.includes('.') ? name : `${database}.${name}`));
  return [...new Set(tables)];
}

/** `a AS (SELECT`, `a (x, y) AS MATERIALIZED (SELECT`: the names before AS. */
function namesOfWith(select: string): Set<string> {
  const names = new Set<string>();
  const chains = new Map(nameChains(select).map((chain) => [chain.start, chain]));
  const tokens = tokenize(select);
  for (const [at, token] of tokens.entries()) {
    if (keyword(token) !== 'AS') continue;
    const after = tokens
      .slice(at + 1, at + 5)
      .map(keyword)
      .filter((word) => !['NOT', 'MATERIALIZED'].includes(word));
    if (after[0] !== '(' || !['SELECT', 'WITH', 'FROM', '('].includes(after[1] ?? '')) continue;
    let before = at - 1;
    if (tokens[before]?.text === ')') while (before >= 0 && tokens[before]?.text !== '(') before -= 1;
    const chain = chains.get((tokens[before]?.text === '(' ? tokens[before - 1] : tokens[before])?.start ?? -1);
    if (chain?.parts[0] !== undefined) names.add(chain.parts[0]);
  }
  return names;
}

/** Where the database ends in a name of the tree, by the name as it stands in the text. */
function tableNamed(name: string, chains: readonly NameChain[]): SelectTable {
  const found = new Map(
    chains.filter(({ parts }) => parts.length <= 2 && parts.join('.') === name).map(({ parts }) => [JSON.stringify(parts), parts]),
  );
  const [parts] = found.values();
  if (found.size !== 1 || parts?.[0] === undefined) {
    throw new RefusedSelect(`it cannot be told which table ${name} is`, 'Write it as `database`.`table`.');
  }
  return parts[1] === undefined ? { database: null, name: parts[0] } : { database: parts[0], name: parts[1] };
}

/** The line of the first token of this text, from 1; 1 when there is none. */
function lineOf(text: string, word: string): number {
  const found = tokenize(text).find((token) => token.text.toUpperCase() === word.toUpperCase());
  return found ? text.slice(0, found.start).split('\n').length : 1;
}
