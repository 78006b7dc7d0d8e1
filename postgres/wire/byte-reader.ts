import { TailraceError } from '../../core/errors.ts';

/**
 * The error of bytes that violate the protocol. It ends the session; nothing of the frame is used.
 */
export function badFrame(what: string): TailraceError {
  return new TailraceError('BAD_FRAME', `the source sent a frame that cannot be read: ${what}`);
}

/**
 * Reads the fields of one frame in order. Throws BAD_FRAME at its end. Used for rare messages only;
 * rows are read without it.
 */
export class ByteReader {
  readonly #buf: Buffer;
  readonly #end: number;
  #at: number;

  constructor(buf: Buffer, start: number, end: number) {
    this.#buf = buf;
    this.#at = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#buf.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#buf.readUInt16BE(this.#take(2));
  }

  i32(): number {
    return this.#buf.readInt32BE(this.#take(4));
  }

  /** Oids, xids and lengths are unsigned. */
  u32(): number {
    return this.#buf.readUInt32BE(this.#take(4));
  }

  u64(): bigint {
    return this.#buf.readBigUInt64BE(this.#take(8));
  }

  i64(): bigint {
    return this.#buf.readBigInt64BE(this.#take(8));
  }

  /** A string up to its NUL. */
  cstring(): string {
    const zero = this.#buf.indexOf(0, this.#at);
    if (zero === -1 || zero >= this.#end) throw badFrame('a string without end');
    const text = this.#buf.toString('utf8', this.#at, zero);
    this.#at = zero + 1;
    return text;
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#buf.subarray(start, start + length);
  }

  /**
   * Throws BAD_FRAME unless everything was read: a longer frame is not the message that it claims
   * to be.
   */
  finish(): void {
    if (this.#at !== this.#end) throw badFrame(`${this.#end - this.#at} bytes too many`);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw badFrame('it ends too early');
    this.#at = start + length;
    return start;
  }
}
