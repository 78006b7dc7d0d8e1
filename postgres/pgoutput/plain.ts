import { badFrame } from '../wire/byte-reader.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import { readRelation, unixUs } from './field.ts';
import type { PgoutputHandler } from './handler.ts';

/**
 * Decodes the messages of protocol 1 that are not rows; the reader is after the tag. Returns false
 * for any other tag. Throws BAD_FRAME.
 */
export function decodePlainMessage(tag: number, reader: ByteReader, handler: PgoutputHandler): boolean {
  switch (tag) {
    case 0x42:
      begin(reader, handler);
      return true;
    case 0x43:
      commit(reader, handler);
      return true;
    case 0x52: // R
      handler.relation(readRelation(reader));
      return true;
    case 0x59:
      type(reader, handler);
      return true;
    case 0x4f:
      origin(reader, handler);
      return true;
    case 0x54:
      truncate(reader, handler);
      return true;
    case 0x4d:
      message(reader, handler);
      return true;
    default:
      return false;
  }
}

/** B */
function begin(reader: ByteReader, handler: PgoutputHandler): void {
  const finalLsn = reader.u64();
  const commitTimeUs = unixUs(reader.i64());
  const xid = reader.u32();
  reader.finish();
  handler.begin(finalLsn, commitTimeUs, xid);
}

/** C */
function commit(reader: ByteReader, handler: PgoutputHandler): void {
  reader.u8();
  const commitLsn = reader.u64();
  const endLsn = reader.u64();
  const commitTimeUs = unixUs(reader.i64());
  reader.finish();
  handler.commit(commitLsn, endLsn, commitTimeUs);
}

/** Y */
function type(reader: ByteReader, handler: PgoutputHandler): void {
  const found = { oid: reader.u32(), schema: reader.cstring() || 'pg_catalog', name: reader.cstring() };
  reader.finish();
  handler.type(found);
}

/** O */
function origin(reader: ByteReader, handler: PgoutputHandler): void {
  const lsn = reader.u64();
  const name = reader.cstring();
  reader.finish();
  handler.origin(lsn, name);
}

/** T */
function truncate(reader: ByteReader, handler: PgoutputHandler): void {
  const count = reader.u32();
  const flags = reader.u8();
  if (reader.remaining !== count * 4) throw badFrame('a truncate with a wrong number of tables');
  const relIds: number[] = [];
  for (let i = 0; i < count; i += 1) relIds.push(reader.u32());
  handler.truncate(relIds, flags);
}

/** M */
function message(reader: ByteReader, handler: PgoutputHandler): void {
  const flags = reader.u8();
  const lsn = reader.u64();
  const prefix = reader.cstring();
  const content = reader.bytes(reader.u32());
  reader.finish();
  handler.message({ transactional: (flags & 1) === 1, lsn, prefix, content });
}
