type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** As written; for a quoted identifier, the text between the quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Pieces in the order ClickHouse's lexer tries them:
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/Parsers/Lexer.cpp
 */
const PIECES: readonly (readonly [TokenKind | 'skip', RegExp])[] = [
  ['skip', /[\s\u00a0\u2000-\u200b\u2028\u2029\u3000\ufeff]+/y],
  ['skip', /(?:--|#!|# )[^\n]*/y],
  ['skip', /\/\*[\s\S]*?\*\//y],
  ['string', /'(?:[^'\\]|''|\\[\s\S])*'/y],
  ['string', /\$(\w*)\$[\s\S]*?\$\1\$/y],
  ['quoted', /"(?:[^"\\]|""|\\[\s\S])*"|`(?:[^`\\]|``|\\[\s\S])*`/y],
  ['number', /\d[\w.]*/y],
  ['word', /[A-Za-z_][\w$]*/y],
  ['symbol', /[\s\S]/y],
];

/**
 * SQL text → tokens without blanks and comments. An unterminated string or comment becomes a lone
 * symbol; the engine's own parser refuses it.
 */
export function tokenize(sql: string): Token[] {
  return [...tokensOf(sql)];
}

/** As `tokenize`, one by one: rows may follow the words of an INSERT. */
export function* tokensOf(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    for (const [kind, pattern] of PIECES) {
      pattern.lastIndex = at;
      const found = pattern.exec(sql)?.[0];
      if (found === undefined) continue;
      const start = at;
      at += found.length;
      if (kind !== 'skip') yield { kind, text: kind === 'quoted' ? found.slice(1, -1) : found, start, end: at };
      break;
    }
  }
}

/** A word or symbol in upper case; empty for any other token, which is no keyword. */
export function keyword(token: Token): string {
  return token.kind === 'word' || token.kind === 'symbol' ? token.text.toUpperCase() : '';
}
