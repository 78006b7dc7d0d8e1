import { quoteCh } from '../warehouse/names.ts';
import { keyword, tokenize } from '../warehouse/token.ts';
import type { Token } from '../warehouse/token.ts';

/** A view whose text takes the place of its name. */
export interface InlinedView {
  readonly database: string;
  readonly name: string;
  /** Its SELECT. */
  readonly select: string;
}

/** Words that may follow a table that has no alias. */
const AFTER_TABLE = new Set(
  [
    'ON USING JOIN INNER LEFT RIGHT FULL CROSS SEMI ANTI ANY ALL ASOF GLOBAL LOCAL PASTE NATURAL OUTER ARRAY FINAL SAMPLE',
    'PREWHERE WHERE GROUP HAVING WINDOW QUALIFY ORDER LIMIT OFFSET FETCH UNION EXCEPT INTERSECT SELECT WITH',
  ].flatMap((words) => words.split(' ')),
);

/**
 * A SELECT whose views are names of its WITH clause. `views` come in the order in which they read
 * each other; a view may read those before it. Names of tables that are no view here stay.
 */
export function inlineViews(select: string, views: readonly InlinedView[]): string {
  if (views.length === 0) return select;
  const named = views.map((view, at) => `${nameOf(at)} AS (${replaced(view.select, views)})`).join(', ');
  const text = replaced(select, views);
  const [first, second] = tokenize(text);
  if (first === undefined) return text;
  if (keyword(first) === '(') return `WITH ${named} SELECT * FROM (${text})`;
  if (keyword(first) !== 'WITH') return `WITH ${named} ${text}`;
  const recursive = second !== undefined && keyword(second) === 'RECURSIVE';
  return `WITH ${recursive ? 'RECURSIVE ' : ''}${named}, ${text.slice(recursive ? second.end : first.end)}`;
}

function nameOf(at: number): string {
  return `_watched_${at}`;
}

/** The names of the views in a text become those of the WITH clause. */
function replaced(text: string, views: readonly InlinedView[]): string {
  const tokens = tokenize(text);
  let written = '';
  let done = 0;
  for (const [at, token] of tokens.entries()) {
    const [dot, name, next] = tokens.slice(at + 1, at + 4);
    if (isDot(tokens[at - 1]) || !isName(token) || !isDot(dot) || name === undefined) continue;
    const index = views.findIndex((view) => view.database === plain(token) && view.name === plain(name));
    if (index === -1) continue;
    // Before a column the name of the table alone is left: it is an alias now.
    const alias = isDot(next) || hasAlias(next) ? '' : ` AS ${quoteCh(plain(name))}`;
    written += text.slice(done, token.start) + (isDot(next) ? quoteCh(plain(name)) : nameOf(index)) + alias;
    done = name.end;
  }
  return written + text.slice(done);
}

function hasAlias(next: Token | undefined): boolean {
  if (next === undefined || !isName(next)) return false;
  return !AFTER_TABLE.has(keyword(next));
}

function isDot(token: Token | undefined): boolean {
  return token?.kind === 'symbol' && token.text === '.';
}

function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'quoted';
}

/** Names of models have no sign that needs an escape. */
function plain(token: Token): string {
  return token.text;
}
