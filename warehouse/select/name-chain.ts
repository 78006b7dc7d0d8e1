import { tokenize } from '../token.ts';
import type { Token } from '../token.ts';

/** A name as it stands in SQL: parts between dots, `a."b c".d` or `a.b.*`. */
export interface NameChain {
  /** Without quotes. */
  readonly parts: readonly string[];
  /** Where the first part stands in the text, quotes included. */
  readonly start: number;
  readonly end: number;
  /** Where the second part ends; `end` when there is none. */
  readonly second: number;
}

/** SQL → its names and words, in order; a part after a closing bracket is none. */
export function nameChains(sql: string): NameChain[] {
  const tokens = tokenize(sql);
  const chains: NameChain[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const first = tokens[at];
    if (!first || !isName(first) || isDot(tokens[at - 1])) continue;
    const parts = [nameOf(first)];
    let second = first.end;
    while (isDot(tokens[at + 1])) {
      const next = tokens[at + 2];
      if (!next || !(isName(next) || next.kind === 'number' || next.text === '*')) break;
      parts.push(nameOf(next));
      if (parts.length === 2) second = next.end;
      at += 2;
    }
    chains.push({ parts, start: first.start, end: first.end, second });
  }
  return chains;
}

function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'quoted';
}

function isDot(token: Token | undefined): boolean {
  return token?.kind === 'symbol' && token.text === '.';
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0' };

/** The name that a word or a quoted identifier stands for. */
export function nameOf({ kind, text }: Token): string {
  if (kind !== 'quoted') return text;
  return text.replace(/``|""|\\([\s\S])/g, (pair, escaped: string | undefined) =>
    escaped === undefined ? pair.charAt(0) : (LETTERS[escaped] ?? escaped),
  );
}
