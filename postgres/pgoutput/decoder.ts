import { badFrame, ByteReader } from '../wire/byte-reader.ts';
import type { PgoutputHandler } from './handler.ts';
import { decodePlainMessage } from './plain.ts';
import { decodeStreamMessage } from './streamed.ts';
import type { TupleRange } from './tuple.ts';
import { emptyTuple, IMAGE_KEY, IMAGE_NEW, IMAGE_OLD, readTuple } from './tuple.ts';

const STREAM_START = 0x53; // S
const MESSAGE = 0x4d; // M
const STREAM_STOP = 0x45; // E
/** R Y T M: messages other than changes that carry an xid inside a block. */
const BLOCK_TAGS = new Set([0x52, 0x59, 0x54, MESSAGE]);

/**
 * Reads the messages of the pgoutput plugin (protocol 1 to 4) and calls the handler. Copies
 * nothing. Each session needs its own decoder, because changes inside a streamed block (StreamStart
 * to StreamStop) have a different form.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export class PgoutputDecoder {
  readonly #handler: PgoutputHandler;
  readonly #newTuple = emptyTuple();
  readonly #oldTuple = emptyTuple();
  #inBlock = false;

  constructor(handler: PgoutputHandler) {
    this.#handler = handler;
  }

  /** One message in `buf[start..end)`. Bytes that are not exactly one message throw BAD_FRAME. */
  decode(buf: Buffer, start: number, end: number): void {
    if (start >= end) throw badFrame('it is empty');
    const tag = buf.readUInt8(start);
    switch (tag) {
      case 0x49: // I
        return this.#insert(buf, this.#changeAt(buf, start, end), end);
      case 0x55: // U
        return this.#update(buf, this.#changeAt(buf, start, end), end);
      case 0x44: // D
        return this.#delete(buf, this.#changeAt(buf, start, end), end);
      default:
        return this.#rare(tag, new ByteReader(buf, start + 1, end));
    }
  }

  /**
   * The position of a change's relation oid, after the xid in a block. Checks that the oid and the
   * letter of the first image are inside the frame.
   */
  #changeAt(buf: Buffer, start: number, end: number): number {
    let at = start + 1;
    if (this.#inBlock) {
      if (end - at < 4) throw badFrame('a change ends too early');
      this.#handler.stream?.changeXid(buf.readUInt32BE(at));
      at += 4;
    }
    if (end - at < 5) throw badFrame('a change ends too early');
    return at;
  }

  #insert(buf: Buffer, at: number, end: number): void {
    if (buf[at + 4] !== IMAGE_NEW) throw badFrame('an insert without a row');
    finish(readTuple(buf, at + 5, end, this.#newTuple), end);
    this.#handler.insert(buf.readUInt32BE(at), this.#newTuple, buf);
  }

  #update(buf: Buffer, at: number, end: number): void {
    const relId = buf.readUInt32BE(at);
    const letter = buf[at + 4];
    let newAt = at + 4;
    let oldTuple: TupleRange | null = null;
    if (letter === IMAGE_KEY || letter === IMAGE_OLD) {
      oldTuple = this.#oldTuple;
      oldTuple.image = letter;
      newAt = readTuple(buf, at + 5, end, oldTuple);
    }
    if (newAt >= end || buf[newAt] !== IMAGE_NEW) throw badFrame('an update without a new row');
    finish(readTuple(buf, newAt + 1, end, this.#newTuple), end);
    this.#handler.update(relId, oldTuple, this.#newTuple, buf);
  }

  #delete(buf: Buffer, at: number, end: number): void {
    const letter = buf[at + 4];
    if (letter !== IMAGE_KEY && letter !== IMAGE_OLD) throw badFrame('a delete without the old row');
    this.#oldTuple.image = letter;
    finish(readTuple(buf, at + 5, end, this.#oldTuple), end);
    this.#handler.delete(buf.readUInt32BE(at), this.#oldTuple, buf);
  }

  #rare(tag: number, reader: ByteReader): void {
    if (this.#inBlock && BLOCK_TAGS.has(tag)) this.#handler.stream?.changeXid(reader.u32());
    if (decodePlainMessage(tag, reader, this.#handler)) return;
    decodeStreamMessage(tag, reader, this.#handler.stream);
    if (tag === STREAM_START) this.#inBlock = true;
    else if (tag === STREAM_STOP) this.#inBlock = false;
  }
}

function finish(at: number, end: number): void {
  if (at !== end) throw badFrame(`${end - at} bytes too many`);
}
