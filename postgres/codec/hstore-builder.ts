import type { Vector } from '../../core/vector.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { finishNested, FixedRows } from './growth.ts';
import { TextBuilder } from './text-builder.ts';
import { malformed, readInt4 } from './read-bytes.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const EQUALS = 61;
const GREATER = 62;
const COMMA = 44;
const BLANK = 32;
const LETTER_N = 78;

/** hstore: `"a"=>"1", "b"=>NULL`. A NULL hstore becomes an empty row. */
export class HstoreBuilder implements ColumnBuilder {
  readonly type = { kind: 'map' } as const;
  readonly #ends = new FixedRows(Int32Array);
  readonly #keys = new TextBuilder();
  readonly #values = new TextBuilder();
  #scratch: Buffer = Buffer.allocUnsafeSlow(256);

  get length(): number {
    return this.#ends.length;
  }

  get byteSize(): number {
    return this.#ends.byteSize + this.#keys.byteSize + this.#values.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      at = this.#readQuoted(buf, at, end, this.#keys);
      if (buf[at] !== EQUALS || buf[at + 1] !== GREATER) throw malformed('hstore', start, end);
      at += 2;
      if (buf[at] === LETTER_N) {
        this.#values.appendNull();
        at += 4;
      } else at = this.#readQuoted(buf, at, end, this.#values);
      if (at !== end && (buf[at] !== COMMA || buf[at + 1] !== BLANK || at + 2 >= end)) throw malformed('hstore', start, end);
      at += 2;
    }
    return this.#endRow();
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    for (const [key, value] of binaryPairs(buf, start, end)) {
      this.#keys.appendText(buf, key[0], key[1]);
      if (value === null) this.#values.appendNull();
      else this.#values.appendText(buf, value[0], value[1]);
    }
    return this.#endRow();
  }

  exactText(buf: Buffer, start: number, end: number): string {
    const quoted = ([from, to]: readonly [number, number]): string => `"${buf.toString('utf8', from, to).replaceAll(/["\\]/g, '\\$&')}"`;
    return binaryPairs(buf, start, end)
      .map(([key, value]) => `${quoted(key)}=>${value === null ? 'NULL' : quoted(value)}`)
      .join(', ');
  }

  appendNull(): void {
    this.#endRow();
  }

  appendDefault(): void {
    this.#endRow();
  }

  finish(): Vector {
    return finishNested(this.type, this.#ends, [this.#keys.finish(), this.#values.finish()]);
  }

  #endRow(): boolean {
    const row = this.#ends.next();
    this.#ends.values[row] = this.#keys.length;
    return true;
  }

  /** Adds the quoted text at `at` and returns where it ended. */
  #readQuoted(buf: Buffer, at: number, end: number, to: TextBuilder): number {
    if (buf[at] !== QUOTE) throw malformed('hstore', at, end);
    const first = at + 1;
    let last = first;
    while (last < end && buf[last] !== QUOTE && buf[last] !== BACKSLASH) last++;
    if (buf[last] === BACKSLASH) return this.#readEscaped(buf, first, end, to);
    if (last >= end) throw malformed('hstore', at, end);
    to.appendText(buf, first, last);
    return last + 1;
  }

  #readEscaped(buf: Buffer, first: number, end: number, to: TextBuilder): number {
    if (this.#scratch.length < end - first) this.#scratch = Buffer.allocUnsafeSlow(2 * (end - first));
    let length = 0;
    let at = first;
    for (; at < end && buf[at] !== QUOTE; at++) {
      if (buf[at] === BACKSLASH) at++;
      this.#scratch[length++] = buf[at] as number;
    }
    if (at >= end) throw malformed('hstore', first, end);
    to.appendText(this.#scratch, 0, length);
    return at + 1;
  }
}

type Range = readonly [number, number];

/** Pairs of the binary form (contrib/hstore/hstore_io.c, hstore_send), in the order of the text. */
function binaryPairs(buf: Buffer, start: number, end: number): [Range, Range | null][] {
  const pairs: [Range, Range | null][] = [];
  let at = start + 4;
  const next = (): Range | null => {
    const width = at + 4 <= end ? readInt4(buf, at) : end;
    at += 4;
    if (width < 0) return null;
    if (width > end - at) throw malformed('hstore', start, end);
    at += width;
    return [at - width, at];
  };
  for (let i = readInt4(buf, start); i > 0; i--) {
    const key = next();
    if (key === null) throw malformed('hstore', start, end);
    pairs.push([key, next()]);
  }
  if (at !== end) throw malformed('hstore', start, end);
  return pairs;
}
