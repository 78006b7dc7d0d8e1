import { TailraceError, withoutCode } from '../../core/errors.ts';
import type { LakeReading } from '../../core/sections/lake-reading.ts';

/** A file of the lake that the engine did not get, and how it tried. */
export interface UnreadFile {
  /** The lake, for people. */
  readonly lake: string;
  readonly path: string;
  /** null: the lake is no bucket. */
  readonly reading: LakeReading | null;
  /** Access key that the engine was given; null: none. */
  readonly keyId: string | null;
  /** How the engine is called in a sentence. */
  readonly engine: string;
  /** It has read this lake before, so a refusal is waited out. */
  readonly readBefore: boolean;
  readonly cause: Error;
}

const RIGHTS = 's3:GetObject on data/ and snapshot/ of the lake';

/**
 * What keeps the engine from a file that this process wrote a moment before. It names the file, and
 * the key or role that has no right to it. LAKE_UNREADABLE, or LAKE_UNAVAILABLE if it had the right
 * before.
 */
export function unreadableLake({ lake, path, reading, keyId, engine, readBefore, cause }: UnreadFile): TailraceError {
  const what = `${engine} cannot read ${path} in ${lake}`;
  if (reading === null) return new TailraceError('LAKE_UNREADABLE', what, { cause });
  const { status } = s3Answer(cause);
  const said = status === null ? withoutCode(cause.message) : `HTTP ${status}`;
  return new TailraceError(readBefore ? 'LAKE_UNAVAILABLE' : 'LAKE_UNREADABLE', `${what} ${asWhom(reading, keyId)}: ${said}`, {
    hint: status === 404 ? ELSEWHERE : HINTS[reading.way],
    cause,
  });
}

/**
 * Whether S3 refused the engine: the bucket, the key or the role is not right. Other failures of S3
 * may pass.
 */
export function isRefused(cause: Error): boolean {
  const { status } = s3Answer(cause);
  return status !== null && REFUSALS.has(status);
}

/** Answers that do not change by waiting; 301 comes from a bucket of another region. */
const REFUSALS = new Set([301, 307, 400, 401, 403, 404]);

/** The engine quotes the status of S3; without an answer it quotes no status of three digits. */
function s3Answer({ message }: Error): { status: number | null } {
  const digits = /HTTP response code: (\d{3})(?!\d)/.exec(message)?.[1];
  return { status: digits === undefined ? null : Number(digits) };
}

function asWhom(reading: LakeReading, keyId: string | null): string {
  if (reading.way === 'role') return `as ${reading.arn}`;
  return reading.way === 'server' ? 'with its own role' : `with the access key that ends in "${keyId?.slice(-4) ?? ''}"`;
}

const ELSEWHERE =
  'S3 knows no such bucket or key: check that --lake and AWS_ENDPOINT_URL_S3 mean the same place for the engine, or set warehouse.lakeAccess to send.';

const HINTS = {
  keys: `Give this key ${RIGHTS}, or set warehouse.lakeAccess to server, role:<arn> or send.`,
  server: `Give the role of the server's machine ${RIGHTS}, or set warehouse.lakeAccess to keys, role:<arn> or send.`,
  role: `Check that this role exists, trusts the server, and has ${RIGHTS}; or set warehouse.lakeAccess to send.`,
  send: '',
} as const;
