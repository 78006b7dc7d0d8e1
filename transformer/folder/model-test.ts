/** A database, a table and a column of it, unquoted. */
interface ColumnAddress {
  readonly database: string;
  readonly table: string;
  readonly column: string;
}

/** What a `@test` line demands. Names are unquoted. */
type Demand =
  | { readonly kind: 'unique' | 'not_null'; readonly columns: readonly string[] }
  | { readonly kind: 'accepted'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'references'; readonly column: string; readonly to: ColumnAddress }
  | { readonly kind: 'rows'; readonly atLeast: number };

/** A `@test` line of a model. */
export type ModelTest = Demand & {
  /** `error` holds the new version back, `warn` only reports. */
  readonly severity: 'error' | 'warn';
  /** The line as written, without `@test` and severity: the name of the test. */
  readonly text: string;
  readonly line: number;
};

const KINDS = ['unique', 'not_null', 'accepted', 'references', 'rows'] as const;
const FORMS = {
  unique: 'unique COLUMN, …',
  not_null: 'not_null COLUMN, …',
  accepted: 'accepted COLUMN: VALUE, …',
  references: 'references COLUMN: DATABASE.TABLE.COLUMN',
  rows: 'rows >= N',
};
const QUOTES = '`"\'';

/**
 * Reads the value of a `@test` header. A name or value with a comma, a colon, a dot or spaces at
 * its ends stands in quotes (`, " or '), with quotes of that kind doubled. `wrong` says why the
 * value cannot be read. Pure.
 */
export function parseModelTest(value: string, line: number): ModelTest | { readonly wrong: string } {
  const [, warn, text = ''] = /^(warn\s+)?(.*)$/su.exec(value.trim()) ?? [];
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/su.exec(text) ?? [];
  const kind = KINDS.find((one) => one === word);
  if (kind === undefined) return { wrong: `unknown test "${word}"; known are ${KINDS.join(', ')}` };
  const found = demand(kind, rest);
  if (found === null) return { wrong: `the test "${text}" is not of the form "${FORMS[kind]}"` };
  return { ...found, severity: warn === undefined ? 'error' : 'warn', text, line };
}

/** The columns of its own model that a test reads. */
export function columnsOf(test: ModelTest): readonly string[] {
  if (test.kind === 'rows') return [];
  return 'columns' in test ? test.columns : [test.column];
}

function demand(kind: (typeof KINDS)[number], rest: string): Demand | null {
  if (kind === 'rows') {
    const [, least] = /^>=\s*(\d{1,15})$/.exec(rest) ?? [];
    return least === undefined ? null : { kind, atLeast: Number(least) };
  }
  if (kind === 'unique' || kind === 'not_null') {
    const columns = parts(rest, ',');
    return columns === null || new Set(columns).size < columns.length ? null : { kind, columns };
  }
  const head = partAt(rest, ':');
  if (head === null || head.part === '' || head.rest === null) return null;
  const found = parts(head.rest, kind === 'accepted' ? ',' : '.', kind === 'accepted');
  if (found === null) return null;
  if (kind === 'accepted') return { kind, column: head.part, values: found };
  const [database, table, column] = found;
  if (database === undefined || table === undefined || column === undefined || found.length > 3) return null;
  return { kind, column: head.part, to: { database, table, column } };
}

/** All parts of a text; null: one is empty, or a quote is not closed. */
function parts(text: string, separator: string, mayBeEmpty = false): string[] | null {
  const found: string[] = [];
  for (let rest: string | null = text; rest !== null;) {
    const next = partAt(rest, separator);
    if (next === null || (next.part === '' && !(mayBeEmpty && next.quoted))) return null;
    found.push(next.part);
    rest = next.rest;
  }
  return found;
}

/** The part before a separator, unquoted, and what comes after it; null at the end of the text. */
function partAt(text: string, separator: string): { part: string; quoted: boolean; rest: string | null } | null {
  const start = text.trimStart();
  const quote = start.charAt(0);
  if (quote === '' || !QUOTES.includes(quote)) {
    const end = start.indexOf(separator);
    const bare = end < 0 ? start : start.slice(0, end);
    return { part: bare.trim(), quoted: false, rest: end < 0 ? null : start.slice(end + 1) };
  }
  const inside = new RegExp(`^${quote}((?:[^${quote}]|${quote}${quote})*)${quote}\\s*(.*)$`, 'su').exec(start);
  if (inside === null) return null;
  const [, part = '', after = ''] = inside;
  if (after !== '' && !after.startsWith(separator)) return null;
  return { part: part.replaceAll(quote + quote, quote), quoted: true, rest: after === '' ? null : after.slice(1) };
}
