import { TailraceError } from './errors.ts';
import { parseQualifiedName } from './table.ts';

/** The parts of a table's name as the catalog has them, unquoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/**
 * Tables that any of the globs matches, in their given order; null globs take all.
 * A glob is `schema.table`, each part optionally quoted; `*` is any run of characters within its
 * part and `?` one. `!` before a glob takes its tables out; with such globs alone, all others are
 * taken.
 * Throws NO_SUCH_TABLE for a glob that matches nothing, unless `allowEmpty`.
 */
export function matchTables<T extends TableName>(globs: readonly string[] | null, tables: readonly T[], allowEmpty = false): T[] {
  return match(globs, tables, () => !allowEmpty);
}

interface Pattern {
  readonly glob: string;
  readonly leavesOut: boolean;
  readonly matches: (table: TableName) => boolean;
}

function match<T extends TableName>(globs: readonly string[] | null, tables: readonly T[], mustMatch: (pattern: Pattern) => boolean): T[] {
  if (globs === null) return [...tables];
  const patterns = globs.map((glob) => ({ glob, leavesOut: glob.startsWith('!'), matches: tableGlob(glob.replace(/^!\s*/, '')) }));
  const unmatched = patterns.find((pattern) => mustMatch(pattern) && !tables.some(pattern.matches));
  if (unmatched !== undefined) throw new TailraceError('NO_SUCH_TABLE', `no table of the source matches "${unmatched.glob}"`);
  const [leftOut, taken] = [patterns.filter(({ leavesOut }) => leavesOut), patterns.filter(({ leavesOut }) => !leavesOut)];
  return tables.filter(
    (table) => (taken.length === 0 || taken.some(({ matches }) => matches(table))) && !leftOut.some(({ matches }) => matches(table)),
  );
}

/**
 * Like `matchTables`, for tables by their names in reports (`schema.table`, quoted). Throws
 * NO_SUCH_TABLE for a glob that none of them matches, unless `allowEmpty`. A glob with `!` need not
 * match: a report has no tables that were left out.
 */
export function matchNamed<T extends { readonly table: string }>(
  globs: readonly string[] | null,
  tables: readonly T[],
  allowEmpty = false,
): T[] {
  if (globs === null) return [...tables];
  const named = tables.map((of) => ({ of, ...parseQualifiedName(of.table) }));
  return match(globs, named, ({ leavesOut }) => !allowEmpty && !leavesOut).map(({ of }) => of);
}

/** One glob as a test. NO_SUCH_TABLE when it is not of the form schema.table. */
export function tableGlob(glob: string): (table: TableName) => boolean {
  const { schema, name } = parseQualifiedName(glob);
  const schemaPattern = partPattern(schema);
  const namePattern = partPattern(name);
  return (table) => schemaPattern.test(table.schema) && namePattern.test(table.name);
}

function partPattern(part: string): RegExp {
  const source = part
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
