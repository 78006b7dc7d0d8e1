import { TailraceError } from '../core/errors.ts';

/** Where the fields of one row are in `buf`; reused from row to row, so it is valid only during the call. */
export interface RowFields {
  /** Number of fields of this row. */
  count: number;
  /** First byte of each field, -1 for NULL. */
  readonly start: Int32Array;
  /** One past the last byte of each field. */
  readonly end: Int32Array;
}

/** Takes a row; `buf` must not be kept. */
export type RowSink = (buf: Buffer, fields: RowFields) => void;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;
const NO_BYTES = Buffer.alloc(0);

/**
 * Reads `COPY … (FORMAT binary)` from pieces cut anywhere (https://www.postgresql.org/docs/current/sql-copy.html, Binary Format)
 * and hands on where each field lies, without an object per row. Throws BAD_FRAME on bytes that are not of that format.
 */
export class CopyBinaryParser {
  readonly #sink: RowSink;
  readonly #fields: RowFields;
  #rest: Buffer = NO_BYTES;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #needed = 0;
  #headerRead = false;
  #ended = false;

  constructor(columnCount: number, sink: RowSink) {
    this.#sink = sink;
    this.#fields = { count: columnCount, start: new Int32Array(columnCount), end: new Int32Array(columnCount) };
  }

  /** Parses what is complete and keeps the torn row at the end for the next piece. */
  feed(piece: Buffer): void {
    if (this.#waitingBytes + this.#rest.length + piece.length < this.#needed) {
      this.#waiting.push(piece);
      this.#waitingBytes += piece.length;
      return;
    }
    const buf = this.#join(piece);
    let at = 0;
    if (!this.#headerRead) {
      at = this.#readHeader(buf);
      if (at < 0) return this.#keep(buf, 0, HEADER_BYTES);
    }
    while (!this.#ended) {
      const next = this.#readRow(buf, at);
      if (next < 0) return this.#keep(buf, at, -next);
      at = next;
    }
    if (at < buf.length) throw new TailraceError('BAD_FRAME', 'bytes after the end of a binary copy');
  }

  /** To be called when the server said the copy is done: a row cut short or a missing trailer is BAD_FRAME. */
  end(): void {
    if (!this.#ended) throw new TailraceError('BAD_FRAME', 'a binary copy ended without its trailer');
  }

  #join(piece: Buffer): Buffer {
    if (this.#rest.length === 0 && this.#waiting.length === 0) return piece;
    const joined = Buffer.concat([this.#rest, ...this.#waiting, piece]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#rest = NO_BYTES;
    return joined;
  }

  #keep(buf: Buffer, at: number, needed: number): void {
    this.#rest = buf.subarray(at);
    this.#needed = needed;
  }

  #readHeader(buf: Buffer): number {
    if (buf.length < HEADER_BYTES) return -1;
    if (!buf.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new TailraceError('BAD_FRAME', 'not a binary copy');
    const extension = buf.readUInt32BE(SIGNATURE.length + 4);
    if (extension !== 0) throw new TailraceError('BAD_FRAME', 'a binary copy with an unknown header extension');
    this.#headerRead = true;
    return HEADER_BYTES;
  }

  /** End of the row at `at`, or minus the bytes needed from `at` on when it is torn. */
  #readRow(buf: Buffer, at: number): number {
    if (at + 2 > buf.length) return -2;
    const { count, start, end } = this.#fields;
    const sent = buf.readInt16BE(at);
    if (sent === -1) {
      this.#ended = true;
      return at + 2;
    }
    if (sent !== count) throw new TailraceError('BAD_FRAME', `a row of ${sent} fields in a copy of ${count} columns`);
    let p = at + 2;
    for (let i = 0; i < count; i += 1) {
      if (p + 4 > buf.length) return at - p - 4;
      const length = buf.readInt32BE(p);
      p += 4;
      if (length === -1) {
        start[i] = -1;
        end[i] = -1;
        continue;
      }
      if (length < 0) throw new TailraceError('BAD_FRAME', `a field of ${length} bytes in a binary copy`);
      if (p + length > buf.length) return at - p - length;
      start[i] = p;
      p += length;
      end[i] = p;
    }
    this.#sink(buf, this.#fields);
    return p;
  }
}
