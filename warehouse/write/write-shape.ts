/**
 * Which statements user builder may send, by their words: those of dbt and of clients that load
 * rows. Pure. The engine's parser judges next (write-tree.ts).
 */
import { keyword, tokenize, tokensOf } from '../token.ts';
import type { Token } from '../token.ts';
import { RefusedError, StatementCursor } from './statement-cursor.ts';
import type { Place } from './statement-cursor.ts';
import { allowedSettings } from './write-settings.ts';
import type { GivenSettings } from './write-settings.ts';

/** A statement that writes, as far as its words tell. */
export interface WriteShape {
  /** The first word of its syntax tree. */
  readonly root: string;
  /** What it writes to, creates, renames or removes, in the order of its tree. */
  readonly targets: readonly Place[];
  /** Its own tables whose definition or partitions it takes over; the tree does not show them. */
  readonly copied: readonly Place[];
  /** Without comments and with whole names; without the rows of an INSERT and its FORMAT. */
  readonly sql: string;
  /** Whether it has SETTINGS clauses. */
  readonly hasSettings: boolean;
  readonly rows: InsertedRows | null;
}

/** Rows that follow the words of an INSERT. */
export interface InsertedRows {
  readonly format: string;
  /** ` SETTINGS …`, or nothing; it stands before FORMAT. */
  readonly settings: string;
  /** Where the words end and they begin; null for VALUES. */
  readonly behind: number | null;
  /** The expressions after VALUES. */
  readonly values: string | null;
}

export type Shaped =
  | { readonly kind: 'read' }
  /** SET of settings that builder may set. */
  | { readonly kind: 'set'; readonly settings: Readonly<Record<string, string>> }
  | ({ readonly kind: 'write' } & WriteShape);

const READS = new Set(['SELECT', 'WITH', 'FROM', '(', 'SHOW', 'EXISTS', 'DESC', 'DESCRIBE', 'EXPLAIN']);
const SELECTS = ['SELECT', 'WITH', '('];
/** They may stand behind a SELECT that is not looked at word by word, and reach outside. */
const HIDDEN = new Set(['INFILE', 'OUTFILE', 'PARALLEL']);
const ENGINES = /^(?:(?:Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Coalescing)?MergeTree|Memory)$/;
/** Formats whose rows are values and nothing that is evaluated. */
const FORMATS =
  /^(?:(?:CSV|TSV|TSVRaw|TabSeparated|TabSeparatedRaw|RowBinary|JSONCompactEachRow|JSONCompactStringsEachRow)(?:WithNames(?:AndTypes)?)?|JSON|JSONEachRow|JSONStringsEachRow|JSONCompact|JSONColumns|Native|Parquet|Arrow|ArrowStream)$/i;
const CLAUSES = ['ENGINE', 'ORDER', 'PARTITION', 'PRIMARY', 'SAMPLE', 'TTL', 'SETTINGS', 'COMMENT', 'EMPTY', 'AS'];

/** Throws RefusedError for what builder may not send. `database` is that of names without one. */
export function shapeOf(sql: string, database: string): Shaped {
  const inserted = headOfInsert(sql);
  const tokens = inserted ?? tokenize(sql);
  while (keyword(tokens.at(-1) ?? NOTHING) === ';') tokens.pop();
  const [first] = tokens;
  if (first === undefined) throw new RefusedError(62, 'the query is empty. (SYNTAX_ERROR)');
  if (READS.has(keyword(first))) return { kind: 'read' };
  if (tokens.some((token) => keyword(token) === ';')) throw new RefusedError(62, 'only one statement can be run at a time. (SYNTAX_ERROR)');
  const hidden = tokens.find((token) => HIDDEN.has(keyword(token)));
  if (hidden !== undefined) throw new RefusedError(497, `builder may not say ${hidden.text}. (ACCESS_DENIED)`);
  if (sql.slice(0, tokens.at(-1)?.end).includes('\0')) throw new RefusedError(62, 'a statement has no NUL. (SYNTAX_ERROR)');
  const cursor = new StatementCursor(sql, tokens, database);
  if (cursor.take('SET')) return { kind: 'set', settings: wholly(allowedSettings(tokens, cursor.at), tokens) };
  const clauses = tokens.flatMap((_, at) => (isClause(tokens, at) ? [allowedSettings(tokens, at + 1)] : []));
  const shape = readStatement(cursor, inserted);
  return { kind: 'write', copied: [], rows: null, sql: cursor.text(), hasSettings: clauses.length > 0, ...shape };
}

const NOTHING: Token = { kind: 'symbol', text: '', start: 0, end: 0 };

/** A SET has nothing but its assignments. */
function wholly({ settings, end }: GivenSettings, tokens: readonly Token[]): GivenSettings['settings'] {
  if (end < tokens.length) throw new RefusedError(62, 'SET takes names and values only. (SYNTAX_ERROR)');
  return settings;
}

/** SETTINGS before a name. A column of that name is written in quotes, or behind a dot. */
function isClause(tokens: readonly Token[], at: number): boolean {
  const [word = NOTHING, name = NOTHING] = tokens.slice(at, at + 2);
  return keyword(word) === 'SETTINGS' && tokens[at - 1]?.text !== '.' && ['word', 'quoted'].includes(name.kind);
}

type Read = Pick<WriteShape, 'root' | 'targets'> & Partial<WriteShape>;

function readStatement(cursor: StatementCursor, inserted: readonly Token[] | null): Read {
  const begun = (word: string, rest: string): boolean => {
    if (!cursor.take(word)) return false;
    if (rest !== '') cursor.expect(rest);
    return true;
  };
  if (begun('CREATE', '')) return create(cursor);
  if (begun('INSERT', 'INTO')) return insert(cursor, inserted);
  if (begun('ALTER', 'TABLE')) return alter(cursor);
  if (begun('DELETE', 'FROM')) return { root: 'DeleteQuery', targets: [toTheEnd(cursor)] };
  if (begun('OPTIMIZE', 'TABLE')) return { root: 'OptimizeQuery', targets: [toTheEnd(cursor)] };
  if (begun('RENAME', 'TABLE')) return { root: 'Rename', targets: pairs(cursor, 'TO') };
  if (begun('EXCHANGE', 'TABLES')) return { root: 'Rename', targets: pairs(cursor, 'AND') };
  if (begun('DROP', '')) return drop(cursor);
  if (!begun('TRUNCATE', '')) throw cursor.refusal();
  cursor.take('TABLE');
  cursor.take('IF EXISTS');
  return ended(cursor, { root: 'TruncateQuery', targets: [cursor.table()] });
}

function create(cursor: StatementCursor): Read {
  if (cursor.take('DATABASE')) {
    cursor.take('IF NOT EXISTS');
    return ended(cursor, { root: 'CreateQuery', targets: [cursor.database()] });
  }
  cursor.take('OR REPLACE');
  const isView = cursor.take('VIEW');
  if (!isView) cursor.expect('TABLE');
  cursor.take('IF NOT EXISTS');
  const targets = [cursor.table()];
  if (cursor.next === '(') cursor.brackets();
  if (!isView) return { root: 'CreateQuery', targets, copied: definition(cursor) };
  cursor.expect('AS');
  select(cursor);
  return { root: 'CreateQuery', targets };
}

/** What follows the columns of a table; returns the table whose definition it takes over. */
function definition(cursor: StatementCursor): Place[] {
  while (!cursor.ended) {
    if (cursor.take('ENGINE')) {
      cursor.take('=');
      if (!ENGINES.test(cursor.spelled)) throw cursor.refusal();
      cursor.skip();
      if (cursor.next === '(') cursor.brackets();
    } else if (cursor.take('ORDER BY') || cursor.take('PARTITION BY') || cursor.take('SAMPLE BY') || cursor.take('PRIMARY KEY')) {
      cursor.until(...CLAUSES);
    } else if (cursor.take('TTL')) {
      cursor.until(...CLAUSES, 'TO');
    } else if (cursor.take('SETTINGS')) {
      cursor.until(...CLAUSES);
    } else if (cursor.take('COMMENT')) {
      cursor.expectKind('string');
    } else {
      const isEmpty = cursor.take('EMPTY');
      cursor.expect('AS');
      if (!isEmpty && !SELECTS.includes(cursor.next)) {
        const copied = cursor.table();
        // An engine of its own may follow.
        return [copied, ...definition(cursor)];
      }
      select(cursor);
    }
  }
  return [];
}

function select(cursor: StatementCursor): void {
  if (!SELECTS.includes(cursor.next)) throw cursor.refusal();
  cursor.toEnd();
}

/**
 * The words of `INSERT … FORMAT name`, behind which anything may stand; null for all other
 * statements.
 */
function headOfInsert(sql: string): Token[] | null {
  const tokens: Token[] = [];
  let depth = 0;
  for (const token of tokensOf(sql)) {
    const word = keyword(token);
    if (tokens.length === 0 && word !== 'INSERT') return null;
    if (depth === 0 && tokens.length > 2 && ['SELECT', 'WITH', 'VALUES', 'FROM'].includes(word)) return null;
    const isFormat = depth === 0 && token.kind === 'word' && tokens.length > 3 && keyword(tokens.at(-1) ?? NOTHING) === 'FORMAT';
    tokens.push(token);
    if (isFormat) return tokens;
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
  }
  return null;
}

function insert(cursor: StatementCursor, inserted: readonly Token[] | null): Read {
  cursor.take('TABLE');
  const targets = [cursor.table()];
  if (cursor.next === '(' && !['SELECT', 'WITH', '('].includes(cursor.wordAt(cursor.at + 1))) cursor.brackets();
  const head = cursor.at;
  if (cursor.take('SETTINGS')) cursor.until('SELECT', 'WITH', 'VALUES', 'FORMAT', '(');
  const settings = cursor.at === head ? '' : ` ${cursor.text(head, cursor.at)}`;
  const shape = { root: 'InsertQuery', targets };
  const sql = cursor.text(0, head);
  if (cursor.take('VALUES')) {
    const begin = cursor.at;
    cursor.toEnd();
    return { ...shape, sql, rows: { format: 'Values', settings, behind: null, values: cursor.text(begin) } };
  }
  if (inserted !== null) {
    cursor.expect('FORMAT');
    const format = cursor.spelled;
    if (!FORMATS.test(format)) throw cursor.refusal();
    return { ...shape, sql, rows: { format, settings, behind: inserted.at(-1)?.end ?? 0, values: null } };
  }
  select(cursor);
  return shape;
}

function alter(cursor: StatementCursor): Read {
  const targets = [cursor.table()];
  if (cursor.next === 'ON') throw cursor.refusal();
  const copied: Place[] = [];
  while (!cursor.ended) {
    if (cursor.take('REPLACE PARTITION')) {
      cursor.until('FROM');
      cursor.expect('FROM');
      copied.push(cursor.table());
      if (cursor.take(',') || cursor.ended) continue;
      cursor.expect('SETTINGS');
      cursor.toEnd();
      continue;
    }
    // The tree tells every other command; none of those that are allowed names a table.
    cursor.until(',');
    cursor.take(',');
  }
  return { root: 'AlterQuery', targets, copied };
}

function drop(cursor: StatementCursor): Read {
  const isDatabase = cursor.take('DATABASE');
  if (!isDatabase && !cursor.take('TABLE')) cursor.expect('VIEW');
  cursor.take('IF EXISTS');
  return ended(cursor, { root: 'DropQuery', targets: [isDatabase ? cursor.database() : cursor.table()] });
}

function pairs(cursor: StatementCursor, between: string): Place[] {
  cursor.take('IF EXISTS');
  const places: Place[] = [];
  do {
    places.push(cursor.table());
    cursor.expect(between);
    places.push(cursor.table());
  } while (cursor.take(','));
  if (!cursor.ended) throw cursor.refusal();
  return places;
}

function toTheEnd(cursor: StatementCursor): Place {
  const place = cursor.table();
  if (cursor.next === 'ON') throw cursor.refusal();
  cursor.toEnd();
  return place;
}

function ended(cursor: StatementCursor, shape: Read): Read {
  cursor.take('SYNC');
  if (!cursor.ended) throw cursor.refusal();
  return shape;
}
