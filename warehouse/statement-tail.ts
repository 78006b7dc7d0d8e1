import { keyword } from './token.ts';
import type { Token } from './token.ts';

/** The clauses after a query: `FORMAT name` and `SETTINGS a = 1, b = 'x'`, in either order. */
export interface StatementTail {
  readonly format: string | null;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Cuts the tail off the tokens. A clause that is not clearly one of these stays, and the engine
 * judges it.
 */
export function cutTail(tokens: Token[]): StatementTail {
  let format: string | null = null;
  let settings: Record<string, string> = {};
  for (;;) {
    const named: string | null = format === null ? formatAt(tokens) : null;
    if (named !== null) {
      format = named;
      tokens.length -= 2;
      continue;
    }
    const at = tokens.findLastIndex((token) => keyword(token) === 'SETTINGS');
    const found = at > 0 ? assignments(tokens.slice(at + 1)) : null;
    if (found === null) return { format, settings };
    // The clause nearer to the query is set first, so a later one overrides it.
    settings = { ...found, ...settings };
    tokens.length = at;
  }
}

function formatAt(tokens: readonly Token[]): string | null {
  const [word, name] = tokens.slice(-2);
  return tokens.length > 2 && word && name?.kind === 'word' && keyword(word) === 'FORMAT' ? name.text : null;
}

/** `a = 1, b = 'x'` → values as text; null when the tokens are anything else. */
function assignments(tokens: readonly Token[]): Record<string, string> | null {
  const settings: Record<string, string> = {};
  let rest = tokens;
  for (;;) {
    const [name, equals, ...after] = rest;
    if (name === undefined || !['word', 'quoted'].includes(name.kind) || equals?.text !== '=') return null;
    const negative = after[0]?.text === '-' && after[0].kind === 'symbol';
    const value = valueOf(after[negative ? 1 : 0]);
    if (value === null) return null;
    settings[name.text] = (negative ? '-' : '') + value;
    rest = after.slice(negative ? 2 : 1);
    if (rest.length === 0) return settings;
    if (rest[0]?.text !== ',') return null;
    rest = rest.slice(1);
  }
}

/** The text of a number, a word or a string as a value; null: it is none. */
export function valueOf(token: Token | undefined): string | null {
  if (token?.kind === 'number') return token.text;
  if (token?.kind === 'word') return token.text.toUpperCase() === 'DEFAULT' ? null : token.text;
  if (token?.kind !== 'string' || !token.text.startsWith("'")) return null;
  return token.text.slice(1, -1).replace(/''|\\([\s\S])/g, (_, escaped: string | undefined) => escapedLetter(escaped));
}

function escapedLetter(letter: string | undefined): string {
  if (letter === undefined) return "'";
  return { n: '\n', t: '\t', r: '\r', 0: '\0' }[letter] ?? letter;
}
