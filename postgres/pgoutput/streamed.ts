import { badFrame } from '../wire/byte-reader.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import { unixUs } from './field.ts';
import type { PreparedTransaction, StreamHandler } from './handler.ts';

const TAGS = new Set(Array.from('SEcAbPKrp', (letter) => letter.charCodeAt(0)));

/**
 * Decodes the messages that protocols 2 to 4 added; the reader is after the tag. Throws BAD_FRAME
 * for unknown tags, and for known ones without a handler.
 */
export function decodeStreamMessage(tag: number, reader: ByteReader, handler: StreamHandler | undefined): void {
  if (!TAGS.has(tag)) throw badFrame(`unknown message ${tag}`);
  if (handler === undefined) throw badFrame(`message ${tag}, which was not requested`);
  switch (tag) {
    case 0x53: {
      // S
      const xid = reader.u32();
      const firstSegment = reader.u8() === 1;
      reader.finish();
      return handler.start(xid, firstSegment);
    }
    case 0x45: // E
      reader.finish();
      return handler.stop();
    case 0x63: {
      // c
      const xid = reader.u32();
      reader.u8();
      const commitLsn = reader.u64();
      const endLsn = reader.u64();
      const timeUs = unixUs(reader.i64());
      reader.finish();
      return handler.commit(xid, commitLsn, endLsn, timeUs);
    }
    case 0x41:
      return abort(reader, handler);
    case 0x62: // b has no flags
      return handler.beginPrepare(readPrepared(reader));
    case 0x50: // P
      reader.u8();
      return handler.prepare(readPrepared(reader));
    case 0x4b: // K
      reader.u8();
      return handler.commitPrepared(readPrepared(reader));
    case 0x70: // p
      reader.u8();
      return handler.streamPrepare(readPrepared(reader));
    default:
      return rollbackPrepared(reader, handler);
  }
}

/** A */
function abort(reader: ByteReader, handler: StreamHandler): void {
  const xid = reader.u32();
  const subXid = reader.u32();
  const at = reader.remaining === 0 ? null : { lsn: reader.u64(), timeUs: unixUs(reader.i64()) };
  reader.finish();
  handler.abort(xid, subXid, at);
}

function readPrepared(reader: ByteReader): PreparedTransaction {
  const transaction = {
    lsn: reader.u64(),
    endLsn: reader.u64(),
    timeUs: unixUs(reader.i64()),
    xid: reader.u32(),
    gid: reader.cstring(),
  };
  reader.finish();
  return transaction;
}

/** r */
function rollbackPrepared(reader: ByteReader, handler: StreamHandler): void {
  reader.u8();
  const transaction = {
    lsn: reader.u64(),
    endLsn: reader.u64(),
    timeUs: unixUs(reader.i64()),
    rollbackTimeUs: unixUs(reader.i64()),
    xid: reader.u32(),
    gid: reader.cstring(),
  };
  reader.finish();
  handler.rollbackPrepared(transaction);
}
