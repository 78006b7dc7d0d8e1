import { randomInt } from 'node:crypto';
import { engineError, parseClickhouseCode } from './clickhouse-code.ts';

/**
 * The end of an answer whose query failed after its first rows, as ClickHouse writes it since
 * 25.11: `\r\n__exception__\r\n<tag>\r\n<text>\n<bytes of text and line break>
 * <tag>\r\n__exception__\r\n`. The tag is random, so that no row can look like it; a response
 * header carries it. Source: https://github.com/ClickHouse/ClickHouse/pull/88818
 */
const MARKER = '__exception__';
export const TAG_HEADER = 'X-ClickHouse-Exception-Tag';
const TAG_LETTERS = 16;
/**
 * A server older than the marker writes the bare text at the end; only this many last bytes are
 * searched for it.
 */
const TAIL_BYTES = 32 * 1024;

/** A new tag: 16 lower-case letters. */
export function newExceptionTag(): string {
  return Array.from({ length: TAG_LETTERS }, () => String.fromCharCode(97 + randomInt(26))).join('');
}

/** The end of the body of a failed query. */
export function exceptionFrame(tag: string, text: string): Buffer {
  const message = Buffer.from(`${text.trimEnd()}\n`);
  return Buffer.concat([Buffer.from(`\r\n${MARKER}\r\n${tag}\r\n`), message, Buffer.from(`${message.length} ${tag}\r\n${MARKER}\r\n`)]);
}

/**
 * Takes the body of an answer piece by piece, and holds back what may be the end of a failed one.
 */
export class ExceptionScan {
  readonly #opening: Buffer | null;
  /** With a tag: bytes that are held back. Without one: the last bytes that were given out. */
  #held: Buffer = Buffer.alloc(0);
  #found = false;

  /** `tag`: from the response header; null when the server sent none. */
  constructor(tag: string | null) {
    this.#opening = tag === null ? null : Buffer.from(`\r\n${MARKER}\r\n${tag}\r\n`);
  }

  /** The next bytes of the body → those that are certainly rows. */
  take(chunk: Buffer): Buffer {
    const opening = this.#opening;
    if (opening === null) {
      this.#held = Buffer.concat([this.#held, chunk]).subarray(-TAIL_BYTES);
      return chunk;
    }
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#found) return this.#keep(bytes, 0);
    const at = bytes.indexOf(opening);
    this.#found = at >= 0;
    return this.#keep(bytes, this.#found ? at : Math.max(0, bytes.length - opening.length + 1));
  }

  /** The remaining rows after the last piece. */
  rest(): Buffer {
    return this.#opening === null || this.#found ? Buffer.alloc(0) : this.#held;
  }

  /** The failure that the end of the body reports, or null. */
  failure(): Error | null {
    const text = this.#held.toString('utf8');
    const from = this.#opening === null ? text.search(/Code: \d+\. DB::Exception: /) : this.#found ? this.#opening.length : -1;
    if (from < 0) return null;
    const said = text
      .slice(from)
      .replace(new RegExp(`\\d+ [a-z]+\\r\\n${MARKER}\\s*$`), '')
      .trim();
    return engineError(parseClickhouseCode(said), said);
  }

  #keep(bytes: Buffer, from: number): Buffer {
    this.#held = bytes.subarray(from);
    return bytes.subarray(0, from);
  }
}
