import type { Relation } from '../../../postgres/pgoutput/handler.ts';

/** One value of a row image: text, NULL, or not sent because it did not change. */
export type Cell = string | null | typeof UNCHANGED;
export const UNCHANGED = Symbol('unchanged');

/** 2000-01-01 in microseconds since 1970: where the wire begins to count. */
const EPOCH_US = 946_684_800_000_000n;

/** Writes messages of pgoutput protocol 1 as a server would, for tests without one. */
export const message = {
  begin: (commitLsn: bigint, timeUs: bigint, xid: number): Buffer => bytes('B', u64(commitLsn), u64(timeUs - EPOCH_US), u32(xid)),
  commit: (commitLsn: bigint, endLsn: bigint, timeUs: bigint): Buffer =>
    bytes('C', u8(0), u64(commitLsn), u64(endLsn), u64(timeUs - EPOCH_US)),
  relation: ({ oid, schema, name, identity, columns }: Relation): Buffer =>
    bytes(
      'R',
      u32(oid),
      cstring(schema),
      cstring(name),
      Buffer.from(identity),
      u16(columns.length),
      ...columns.flatMap((column) => [u8(column.key ? 1 : 0), cstring(column.name), u32(column.typeOid), u32(column.typmod >>> 0)]),
    ),
  insert: (oid: number, row: readonly Cell[]): Buffer => bytes('I', u32(oid), Buffer.from('N'), tuple(row)),
  /**
   * `old`: the key image (`K`, other columns NULL) or the full old row (`O`) where the server sends
   * one.
   */
  update: (oid: number, row: readonly Cell[], old?: { readonly kind: 'K' | 'O'; readonly row: readonly Cell[] }): Buffer =>
    bytes('U', u32(oid), ...(old === undefined ? [] : [Buffer.from(old.kind), tuple(old.row)]), Buffer.from('N'), tuple(row)),
  delete: (oid: number, kind: 'K' | 'O', row: readonly Cell[]): Buffer => bytes('D', u32(oid), Buffer.from(kind), tuple(row)),
  truncate: (oids: readonly number[]): Buffer => bytes('T', u32(oids.length), u8(0), ...oids.map(u32)),
  /**
   * A block of a transaction in progress: each message is of a (sub)transaction, whose xid stands
   * behind its tag.
   */
  block: (xid: number, ...within: readonly { readonly xid: number; readonly message: Buffer }[]): Buffer[] => [
    bytes('S', u32(xid), u8(0)),
    ...within.map((one) => Buffer.concat([one.message.subarray(0, 1), u32(one.xid), one.message.subarray(1)])),
    bytes('E'),
  ],
  streamCommit: (xid: number, commitLsn: bigint, endLsn: bigint, timeUs: bigint): Buffer =>
    bytes('c', u32(xid), u8(0), u64(commitLsn), u64(endLsn), u64(timeUs - EPOCH_US)),
  streamAbort: (xid: number, subXid: number): Buffer => bytes('A', u32(xid), u32(subXid)),
  logical: (prefix: string, content = ''): Buffer => bytes('M', u8(1), u64(1n), cstring(prefix), u32(content.length), Buffer.from(content)),
};

function tuple(row: readonly Cell[]): Buffer {
  return Buffer.concat([u16(row.length), ...row.map(cell)]);
}

function cell(value: Cell): Buffer {
  if (value === null) return Buffer.from('n');
  if (typeof value === 'symbol') return Buffer.from('u');
  const text = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from('t'), u32(text.length), text]);
}

function bytes(tag: string, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(tag), ...parts]);
}

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}

function u8(value: number): Buffer {
  return Buffer.from([value]);
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function u64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt.asUintN(64, value));
  return buffer;
}
