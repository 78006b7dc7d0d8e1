import { badFrame } from '../wire/byte-reader.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import type { Relation, RelationColumn } from './handler.ts';

/** 2000-01-01, where Postgres begins to count, in microseconds since 1970-01-01. */
const POSTGRES_EPOCH_US = 946_684_800_000_000n;

/** Microseconds since 2000-01-01 → since 1970-01-01. */
export function unixUs(postgresUs: bigint): bigint {
  return postgresUs + POSTGRES_EPOCH_US;
}

/**
 * The body of a Relation message after its letter and xid, to the end of the frame. Throws
 * BAD_FRAME.
 */
export function readRelation(reader: ByteReader): Relation {
  const oid = reader.u32();
  const schema = reader.cstring() || 'pg_catalog';
  const name = reader.cstring();
  const identity = identityOf(reader.u8());
  const count = reader.u16();
  const columns: RelationColumn[] = [];
  for (let i = 0; i < count; i += 1) {
    const key = (reader.u8() & 1) === 1;
    columns.push({ name: reader.cstring(), typeOid: reader.u32(), typmod: reader.i32(), key });
  }
  reader.finish();
  return { oid, schema, name, identity, columns };
}

function identityOf(code: number): Relation['identity'] {
  const letter = String.fromCharCode(code);
  if (letter !== 'd' && letter !== 'n' && letter !== 'f' && letter !== 'i') throw badFrame(`unknown replica identity ${code}`);
  return letter;
}
