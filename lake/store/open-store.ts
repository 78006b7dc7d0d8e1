import { isIP } from 'node:net';
import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { DirectoryStore } from './directory-store.ts';
import { storeProbeKey } from '../keys.ts';
import type { ObjectStore, StoreLocation } from './object-store.ts';

export interface PlaceOptions {
  readonly s3PathStyle?: boolean;
  /** The flag that named the place, for errors. Default: --lake. */
  readonly flag?: string;
  /** Whether the place is a lake, which must be there before anything is put. Default: true. */
  readonly lake?: boolean;
}

/**
 * `s3://bucket/prefix` or a directory → its store; nothing is read or written yet. Region, endpoint
 * and credentials of S3 come from the environment (AWS_REGION, AWS_ENDPOINT_URL_S3, …) and the
 * shared files, as the AWS SDK finds them. BAD_ARGUMENT when it is neither.
 */
export async function openStore(
  uri: string,
  { s3PathStyle = false, flag = '--lake', lake = true }: PlaceOptions = {},
): Promise<ObjectStore> {
  if (uri.startsWith('s3://')) {
    // A wrong URI or environment is reported before the SDK is loaded.
    s3Location(uri, s3PathStyle, process.env, flag);
    // The SDK takes 30 MB and a tenth of a second; a lake in a directory does not need it.
    const [{ S3Store }, { configuredS3 }] = [await import('./s3-store.ts'), await import('./s3-access.ts')];
    const { endpoint, region } = await configuredS3();
    const found = { ...(endpoint === null ? {} : { AWS_ENDPOINT_URL_S3: endpoint }), ...(region === null ? {} : { AWS_REGION: region }) };
    const environment = { AWS_DEFAULT_REGION: process.env['AWS_DEFAULT_REGION'], ...found };
    return new S3Store(s3Location(uri, s3PathStyle, environment, flag));
  }
  if (uri === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) {
    throw new TailraceError('BAD_ARGUMENT', `${flag} is "${uri}"; it must be a directory or s3://bucket/prefix`);
  }
  if (/[\0\uFFFD]/.test(uri)) throw new TailraceError('BAD_ARGUMENT', `${flag} is "${uri.replace('\0', '\\0')}", which is not UTF-8 text`);
  return new DirectoryStore(uri, { besideLake: lake });
}

/**
 * The place that an S3 URI names. Servers that are named by an address or a bare host name cannot
 * have buckets as subdomains, so they get path style without being asked.
 */
export function s3Location(
  uri: string,
  pathStyle: boolean,
  environment: NodeJS.ProcessEnv,
  flag = '--lake',
): StoreLocation & { kind: 's3' } {
  const [, bucket = '', path = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]*)(?:\/(.*))?$/is.exec(uri) ?? [];
  const prefix = path.replace(/\/+$/, '');
  if (bucket === '') throw new TailraceError('BAD_ARGUMENT', `${flag} is "${uri}", expected s3://bucket/prefix`);
  const strange = strangeInPrefix(prefix);
  if (strange !== null) throw new TailraceError('BAD_ARGUMENT', `${flag} is "${uri}": a prefix with ${strange} is not supported`);
  const endpoint = environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'] ?? null;
  return {
    kind: 's3',
    endpoint,
    region: environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    bucket,
    prefix,
    pathStyle: pathStyle || (endpoint !== null && isBareHost(endpoint)),
  };
}

/**
 * A part of a prefix that the engine or servers would interpret, in words; null: there is none.
 * ClickHouse cannot quote the characters of a pattern. With some servers an empty folder, `.` or
 * `..` does not stay as written.
 */
function strangeInPrefix(prefix: string): string | null {
  if (prefix === '') return null;
  const sign = /[*?{},]/.exec(prefix)?.[0];
  if (sign !== undefined) return `"${sign}", a character of ClickHouse patterns,`;
  if (/[\p{Cc}\uFFFD]/u.test(prefix)) return 'a control character';
  const folder = prefix.split('/').find((name) => name === '' || name === '.' || name === '..');
  return folder === undefined ? null : `a folder named "${folder}"`;
}

function isBareHost(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) throw new TailraceError('BAD_ARGUMENT', `AWS_ENDPOINT_URL_S3 is "${endpoint}", expected a URL`);
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 || !host.includes('.');
}

/**
 * Proves that the store can be written and honours "only if absent", with an object of its own that
 * it removes again. LAKE_UNWRITABLE when a second put of one key is accepted like the first.
 */
export async function probeStore(store: ObjectStore): Promise<void> {
  const key = storeProbeKey(randomBytes(6).toString('hex'));
  await store.put(key, new TextEncoder().encode('1'));
  const second = await store.put(key, new TextEncoder().encode('2'));
  await store.delete(key);
  if (second !== 'exists') {
    throw new TailraceError('LAKE_UNWRITABLE', 'the object store ignores If-None-Match, so two writers could overwrite each other', {
      hint: 'Use an S3 server with conditional writes (AWS, MinIO, R2, versitygw …).',
    });
  }
}
