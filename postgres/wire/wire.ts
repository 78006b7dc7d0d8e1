import type { Lsn } from '../../core/lsn.ts';
import { ByteReader } from './byte-reader.ts';
import { quoted } from '../../core/table.ts';

/** Types of backend messages. */
export const COPY_DATA = 0x64; // d
export const COPY_DONE = 0x63; // c
export const COPY_BOTH = 0x57; // W
export const COPY_OUT = 0x48; // H
export const READY_FOR_QUERY = 0x5a; // Z
export const ERROR_RESPONSE = 0x45; // E
export const NOTICE_RESPONSE = 0x4e; // N

/** First byte of a CopyData payload. */
export const XLOG_DATA = 0x77; // w
export const KEEPALIVE = 0x6b; // k

/** Bytes before the plugin's message: letter, start, end, send time. */
export const XLOG_HEADER_BYTES = 25;

const POSTGRES_EPOCH_MS = 946_684_800_000;
const STATUS_BYTES = 34;

/**
 * `walEnd` of an XLogData payload that begins at `start`, as a number: exact below 8 PiB of WAL, 0
 * for a Relation message.
 */
export function xlogEnd(buf: Buffer, start: number): number {
  return buf.readUInt32BE(start + 9) * 4_294_967_296 + buf.readUInt32BE(start + 13);
}

/** The server's position, and whether it wants an answer now. */
export interface Keepalive {
  readonly walEnd: Lsn;
  readonly replyRequested: boolean;
}

/**
 * Reads the payload of a keepalive in `buf[start..end)`, including its letter. Throws BAD_FRAME.
 */
export function readKeepalive(buf: Buffer, start: number, end: number): Keepalive {
  const reader = new ByteReader(buf, start + 1, end);
  const walEnd = reader.u64();
  reader.i64();
  const replyRequested = reader.u8() === 1;
  reader.finish();
  return { walEnd, replyRequested };
}

/**
 * A standby status update as a whole CopyData message: `lsn` as flushed and applied, `written` as
 * written, both exactly. https://www.postgresql.org/docs/current/protocol-replication.html
 */
export function standbyStatus(
  { lsn, written }: { readonly lsn: Lsn; readonly written: Lsn },
  nowMs: number,
  replyRequested: boolean,
): Buffer {
  const frame = Buffer.allocUnsafe(5 + STATUS_BYTES);
  frame[0] = COPY_DATA;
  frame.writeUInt32BE(4 + STATUS_BYTES, 1);
  frame[5] = 0x72; // r
  frame.writeBigUInt64BE(written, 6);
  frame.writeBigUInt64BE(lsn, 14);
  frame.writeBigUInt64BE(lsn, 22);
  frame.writeBigInt64BE(BigInt(Math.round(nowMs - POSTGRES_EPOCH_MS)) * 1000n, 30);
  frame[38] = replyRequested ? 1 : 0;
  return frame;
}

/** The message that ends our side of the copy; the server answers with its own. */
export function copyDone(): Buffer {
  return Buffer.from([COPY_DONE, 0, 0, 0, 4]);
}

/** An ErrorResponse or NoticeResponse. */
export interface ServerReport {
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string;
}

/**
 * Body of an ErrorResponse or NoticeResponse; throws BAD_FRAME.
 * https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function readServerReport(buf: Buffer, start: number, end: number): ServerReport {
  const reader = new ByteReader(buf, start, end);
  const fields = new Map<string, string>();
  for (let code = reader.u8(); code !== 0; code = reader.u8()) fields.set(String.fromCharCode(code), reader.cstring());
  const field = (code: string): string => fields.get(code) ?? '';
  return { severity: field('V') || field('S'), sqlState: field('C'), message: field('M'), detail: field('D') };
}

/** What START_REPLICATION needs. */
export interface StartPoint {
  readonly slot: string;
  readonly publications: readonly string[];
  /** `X/Y` */
  readonly lsn: string;
  /** Large transactions are sent while they run. */
  readonly inProgress: boolean;
}

/**
 * START_REPLICATION for the pgoutput plugin. Values stay text (`binary` is off). Publication names
 * are a list of SQL identifiers inside a literal, hence quoted twice.
 * https://www.postgresql.org/docs/current/protocol-logical-replication.html
 */
export function startReplication({ slot, lsn, publications, inProgress }: StartPoint): string {
  const names = publications.map(quoted).join(',').replaceAll("'", "''");
  const version = inProgress ? "proto_version '2', streaming 'on'" : "proto_version '1'";
  return `START_REPLICATION SLOT ${quoted(slot)} LOGICAL ${lsn} (${version}, publication_names '${names}', messages 'true')`;
}
