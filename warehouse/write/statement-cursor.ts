import { literalCh, qualifiedCh, quoteCh } from '../names.ts';
import { nameOf } from '../select/name-chain.ts';
import { keyword } from '../token.ts';
import type { Token } from '../token.ts';

/** A table that a statement names, or a database: then `table` is null. */
export interface Place {
  readonly database: string;
  readonly table: string | null;
}

/** A statement that builder may not send. */
export class RefusedError extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Names that a tree of the engine prints so that no two of them look alike. */
const PLAIN_NAME = /^[\p{L}\p{N}_-]+$/u;
/** Characters that open no comment, string or parameter of a kind that only the engine knows. */
const SYMBOL = /^[()[\]{},.*+\-/%<>=!?:|]$/;

/** Reads the tokens of one statement in order, and writes them again with whole names. */
export class StatementCursor {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  readonly #database: string;
  readonly #names = new Map<number, { readonly text: string; readonly length: number }>();
  #at = 0;

  /** `database` is that of names without one. */
  constructor(sql: string, tokens: readonly Token[], database: string) {
    this.#sql = sql;
    this.#tokens = tokens;
    this.#database = database;
    for (const [at, token] of tokens.entries()) {
      // A parameter may be a value, and not the name of a table.
      if (keyword(token) === 'IDENTIFIER' && tokens[at - 1]?.text === ':')
        throw new RefusedError(497, 'builder may not say Identifier here. (ACCESS_DENIED)');
      const isKnown = token.kind !== 'symbol' || SYMBOL.test(token.text);
      if (!isKnown || (token.text === '/' && tokens[at + 1]?.text === '*' && tokens[at + 1]?.start === token.end))
        throw new RefusedError(62, `${JSON.stringify(token.text)} cannot be read. (SYNTAX_ERROR)`);
    }
  }

  get at(): number {
    return this.#at;
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The next word or symbol in upper case; empty for any other token, and at the end. */
  get next(): string {
    return this.wordAt(this.#at);
  }

  /** The next word as it is written; empty for any other token. */
  get spelled(): string {
    const token = this.#tokens[this.#at];
    return token?.kind === 'word' ? token.text : '';
  }

  wordAt(at: number): string {
    const token = this.#tokens[at];
    return token === undefined ? '' : keyword(token);
  }

  /** Passes these words if they come next. */
  take(words: string): boolean {
    const wanted = words.split(' ');
    if (!wanted.every((word, offset) => this.wordAt(this.#at + offset) === word)) return false;
    this.#at += wanted.length;
    return true;
  }

  /** Passes these words, or throws. */
  expect(words: string): void {
    if (!this.take(words)) throw this.refusal();
  }

  /** What comes next does not belong to a statement that builder may send. */
  refusal(): RefusedError {
    const token = this.#tokens[this.#at];
    if (token === undefined) return new RefusedError(62, 'the statement is not complete. (SYNTAX_ERROR)');
    return new RefusedError(497, `builder may not say ${this.#sql.slice(token.start, token.end).slice(0, 40)} here. (ACCESS_DENIED)`);
  }

  /** Passes any token. */
  skip(): void {
    if (this.ended) throw this.refusal();
    this.#at += 1;
  }

  /** Passes a token of this kind. */
  expectKind(kind: Token['kind']): void {
    if (this.#tokens[this.#at]?.kind !== kind) throw this.refusal();
    this.#at += 1;
  }

  /** Passes what is in brackets, which come next. */
  brackets(): void {
    this.expect('(');
    for (let depth = 1; depth > 0; this.skip()) {
      const { next } = this;
      if (next === '(') depth += 1;
      if (next === ')') depth -= 1;
    }
  }

  /** Passes tokens until one of these words stands outside brackets, or to the end. */
  until(...words: string[]): void {
    while (!this.ended && !words.includes(this.next)) {
      if (this.next === '(') this.brackets();
      else this.skip();
    }
  }

  toEnd(): void {
    this.#at = this.#tokens.length;
  }

  /** The name of a table, which is written with its database afterwards. */
  table(): Place {
    const begin = this.#at;
    const first = this.#name();
    const second = this.take('.') ? this.#name() : null;
    const place = second === null ? { database: this.#database, table: first } : { database: first, table: second };
    this.#names.set(begin, { text: qualifiedCh(place.database, place.table), length: this.#at - begin });
    return place;
  }

  database(): Place {
    const begin = this.#at;
    const name = this.#name();
    this.#names.set(begin, { text: quoteCh(name), length: this.#at - begin });
    return { database: name, table: null };
  }

  #name(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' && token?.kind !== 'quoted') throw this.refusal();
    const name = nameOf(token);
    if (!PLAIN_NAME.test(name))
      throw new RefusedError(497, 'a name that builder writes to has letters, digits, _ and - only. (ACCESS_DENIED)');
    this.#at += 1;
    return name;
  }

  /**
   * Tokens from `begin` to `end` as one text, without comments and with whole names. A string never
   * touches a word before it, because that might be a literal in which a backslash escapes nothing.
   */
  text(begin = 0, end = this.#tokens.length): string {
    let text = '';
    let before: Token | undefined;
    for (let at = begin; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token === undefined) break;
      const touches = before?.end === token.start && !(token.kind === 'string' && before.kind !== 'symbol');
      if (before !== undefined && !touches) text += ' ';
      const name = this.#names.get(at);
      text += name?.text ?? this.#written(token);
      at += (name?.length ?? 1) - 1;
      before = this.#tokens[at];
    }
    return text;
  }

  /** A text between `$tag$` becomes an ordinary literal. */
  #written(token: Token): string {
    const written = this.#sql.slice(token.start, token.end);
    const [, tag] = token.kind === 'string' ? (/^(\$\w*\$)/.exec(written) ?? []) : [];
    return tag === undefined ? written : literalCh(written.slice(tag.length, -tag.length));
  }
}
