import { TailraceError } from '../core/errors.ts';
import type { RowFields, RowSink } from './copy-binary.ts';

const TAB = 9;
const NEWLINE = 10;
const BACKSLASH = 92;
const UPPER_N = 78;

/**
 * The byte that a backslash and this letter stand for in text copies. The server writes no other
 * escapes.
 */
const ESCAPED = new Map([
  ['b', 8],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['\\', 92],
]);

const UNESCAPE = new Uint8Array(256);
for (const [letter, code] of ESCAPED) UNESCAPE[letter.charCodeAt(0)] = code;

/**
 * Reads `COPY … (FORMAT text)` from pieces that are cut anywhere
 * (https://www.postgresql.org/docs/current/sql-copy.html, Text Format). Escapes are resolved in
 * place, which overwrites the piece. Throws BAD_FRAME on bytes that are not of that format.
 */
export class CopyTextParser {
  readonly #sink: RowSink;
  readonly #fields: RowFields;
  #torn: Buffer[] = [];

  constructor(columnCount: number, sink: RowSink) {
    this.#sink = sink;
    this.#fields = { count: columnCount, start: new Int32Array(columnCount), end: new Int32Array(columnCount) };
  }

  /** Parses the complete lines in `buf[start, end)` and keeps the torn line for the next piece. */
  feed(buf: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const newline = buf.indexOf(NEWLINE, at);
      if (newline < 0 || newline >= end) break;
      if (this.#torn.length === 0) this.#readLine(buf, at, newline);
      else {
        const line = Buffer.concat([...this.#torn, buf.subarray(at, newline)]);
        this.#torn = [];
        this.#readLine(line, 0, line.length);
      }
      at = newline + 1;
    }
    if (at < end) this.#torn.push(Buffer.from(buf.subarray(at, end)));
  }

  /** Call it once the server has said that the copy is done. */
  end(): void {
    if (this.#torn.length > 0) throw new TailraceError('BAD_FRAME', 'a text copy ended inside a line');
  }

  #readLine(buf: Buffer, from: number, to: number): void {
    const { count, start, end } = this.#fields;
    let field = 0;
    let begin = from;
    let write = from;
    let isNull = false;
    for (let p = from; p <= to; p += 1) {
      const byte = p === to ? TAB : (buf[p] ?? TAB);
      if (byte === TAB) {
        if (count === 0 && from === to) break;
        if (field === count) throw new TailraceError('BAD_FRAME', `a line of more than ${count} fields in a text copy`);
        start[field] = isNull ? -1 : begin;
        end[field] = isNull ? -1 : write;
        field += 1;
        begin = p + 1;
        write = begin;
        isNull = false;
      } else if (byte === BACKSLASH) {
        p += 1;
        const escape = p < to ? (buf[p] ?? 0) : 0;
        if (escape === UPPER_N) isNull = true;
        else {
          const code = UNESCAPE[escape] ?? 0;
          if (code === 0) throw new TailraceError('BAD_FRAME', `an unknown escape in a text copy`);
          buf[write] = code;
          write += 1;
        }
      } else {
        if (write !== p) buf[write] = byte;
        write += 1;
      }
    }
    if (field !== count) throw new TailraceError('BAD_FRAME', `a line of ${field} fields in a text copy of ${count} columns`);
    this.#sink(buf, this.#fields);
  }
}
