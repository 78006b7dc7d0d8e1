import { TailraceError } from '../core/errors.ts';
import { readInt4, readUint2 } from '../postgres/codec/read-bytes.ts';

/**
 * Where the fields of one row are in `buf`. It is reused for the next row, so it is valid only
 * during the call.
 */
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
/** The count of fields that stands for the end. */
const TRAILER = 0xffff;

/**
 * Reads `COPY … (FORMAT binary)` from pieces that are cut anywhere
 * (https://www.postgresql.org/docs/current/sql-copy.html, Binary Format). It passes on where each
 * field lies and makes no object per row. Throws BAD_FRAME on bytes that are not of that format.
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

  /**
   * Parses the complete rows in `buf[start, end)` and keeps the torn row at the end for the next
   * piece.
   */
  feed(buf: Buffer, start: number, end: number): void {
    if (this.#waitingBytes + this.#rest.length === 0) return this.#parse(buf, start, end);
    const piece = Buffer.from(buf.subarray(start, end));
    if (this.#waitingBytes + this.#rest.length + piece.length < this.#needed) {
      this.#waiting.push(piece);
      this.#waitingBytes += piece.length;
      return;
    }
    const joined = Buffer.concat([this.#rest, ...this.#waiting, piece]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#rest = NO_BYTES;
    this.#parse(joined, 0, joined.length);
  }

  /**
   * Call it once the server has said that the copy is done. A torn row or a missing trailer is
   * BAD_FRAME.
   */
  end(): void {
    if (!this.#ended) throw new TailraceError('BAD_FRAME', 'a binary copy ended without its trailer');
  }

  #parse(buf: Buffer, start: number, end: number): void {
    let at = start;
    if (!this.#headerRead) {
      at = this.#readHeader(buf, start, end);
      if (at < 0) return this.#keep(buf.subarray(start, end), HEADER_BYTES);
    }
    // The server ends its messages where rows end, so there is rarely a rest.
    while (!this.#ended && at < end) {
      const next = this.#readRow(buf, at, end);
      if (next < 0) return this.#keep(buf.subarray(at, end), -next);
      at = next;
    }
    if (at < end) throw new TailraceError('BAD_FRAME', 'bytes after the end of a binary copy');
  }

  /** The bytes are the caller's after this call. */
  #keep(bytes: Buffer, needed: number): void {
    this.#rest = Buffer.from(bytes);
    this.#needed = needed;
  }

  #readHeader(buf: Buffer, start: number, end: number): number {
    if (end - start < HEADER_BYTES) return -1;
    if (SIGNATURE.compare(buf, start, start + SIGNATURE.length) !== 0) throw new TailraceError('BAD_FRAME', 'not a binary copy');
    const extension = buf.readUInt32BE(start + SIGNATURE.length + 4);
    if (extension !== 0) throw new TailraceError('BAD_FRAME', 'a binary copy with an unknown header extension');
    this.#headerRead = true;
    return start + HEADER_BYTES;
  }

  /** End of the row at `at`, or minus the bytes needed from `at` on when it is torn. */
  #readRow(buf: Buffer, at: number, to: number): number {
    if (at + 2 > to) return -2;
    const { count, start, end } = this.#fields;
    const sent = readUint2(buf, at);
    if (sent === TRAILER) {
      this.#ended = true;
      return at + 2;
    }
    if (sent !== count) throw new TailraceError('BAD_FRAME', `a row of ${sent} fields in a copy of ${count} columns`);
    let p = at + 2;
    for (let i = 0; i < count; i += 1) {
      if (p + 4 > to) return at - p - 4;
      const length = readInt4(buf, p);
      p += 4;
      if (length === -1) {
        start[i] = -1;
        end[i] = -1;
        continue;
      }
      if (length < 0) throw new TailraceError('BAD_FRAME', `a field of ${length} bytes in a binary copy`);
      if (p + length > to) return at - p - length;
      start[i] = p;
      p += length;
      end[i] = p;
    }
    this.#sink(buf, this.#fields);
    return p;
  }
}
