import { TailraceError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

/**
 * The facts of a failure of the AWS SDK, without its texts: those may contain keys and signed
 * headers.
 */
export interface S3Failure {
  /** e.g. NoSuchKey; https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
  readonly name: string;
  /** null when there was no answer */
  readonly status: number | null;
}

/** Reads name and HTTP status of a thrown value. */
export function s3Failure(error: unknown): S3Failure {
  if (!(error instanceof Error)) return { name: 'unknown', status: null };
  const metadata = '$metadata' in error ? error.$metadata : null;
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { name: error.name === 'Error' ? code : error.name, status: typeof status === 'number' ? status : null };
}

const HINTS = new Map([
  ['NoSuchBucket', 'Create the bucket, or correct --lake.'],
  [
    'CredentialsProviderError',
    'Give credentials as the AWS SDK reads them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role.',
  ],
  ['PermanentRedirect', "Set AWS_REGION to the bucket's region."],
  ['AuthorizationHeaderMalformed', "Set AWS_REGION to the bucket's region."],
  ['NotImplemented', 'tailrace needs an S3 server with conditional writes (If-None-Match).'],
]);

/** Answers that do not change by waiting: rights, credentials, bucket, region, server. */
const FOR_A_PERSON = new Set([400, 401, 403, 404, 405, 501]);

/** Redirects to another region. */
const MOVED = new Set([301, 307, 308]);

/** Requests to slow down and retry, though their status looks like a refusal. */
const PASSING = new Set(['RequestTimeout', 'SlowDown', 'RequestTimeTooSkewed', 'OperationAborted']);

/**
 * The system's name of a connection that broke, such as ECONNRESET. It may break after the status,
 * before the reason for it has arrived.
 */
const BROKEN = /^E[A-Z]+$/;

/** Names that servers give to keys that are unknown or expired. */
const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
  // versitygw, with status 404
  'XAdminUserNotFound',
]);

/**
 * Names that servers give to a missing object. The answer to a HEAD has no name of its own; the SDK
 * calls it NotFound.
 */
const ABSENT = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound']);

/**
 * Whether there is no such object. A 404 alone does not say so: the bucket or the user may be
 * unknown.
 */
export function saysAbsent(error: unknown): boolean {
  const { name, status } = s3Failure(error);
  return status === 404 && ABSENT.has(name);
}

/**
 * Whether an S3 call failed because of the credentials: others may succeed. The answer to a HEAD
 * does not say so.
 */
export function refusesCredentials(error: unknown): boolean {
  return CREDENTIALS.has(s3Failure(error).name);
}

/**
 * A failed S3 call → LAKE_UNWRITABLE or LAKE_UNAVAILABLE by status and name. `taken`: the server
 * has accepted our credentials before, so new ones are waited for. The error of the SDK is not kept
 * as cause: it contains the signed request.
 */
export function s3Error(
  error: unknown,
  action: string,
  { place, taken }: { readonly place: string; readonly taken: boolean },
): TailraceError {
  if (error instanceof TailraceError) return error;
  const failure = s3Failure(error);
  const said = failure.status === null ? failure.name : `${failure.name}, HTTP ${failure.status}`;
  const what = `cannot ${action} in ${place} (${said})`;
  if (taken && refusesCredentials(error)) {
    return new TailraceError('LAKE_UNAVAILABLE', `${what}: credentials that were accepted before are refused`, {
      hint: 'Renew them at their source; tailrace reads a shared file again by itself.',
    });
  }
  const hint = HINTS.get(failure.name);
  return new TailraceError(codeOf(failure), what, hint === undefined ? {} : { hint });
}

function codeOf({ name, status }: S3Failure): ErrorCode {
  if (PASSING.has(name) || BROKEN.test(name)) return 'LAKE_UNAVAILABLE';
  if (name === 'CredentialsProviderError') return 'LAKE_UNWRITABLE';
  return status !== null && (FOR_A_PERSON.has(status) || MOVED.has(status)) ? 'LAKE_UNWRITABLE' : 'LAKE_UNAVAILABLE';
}
