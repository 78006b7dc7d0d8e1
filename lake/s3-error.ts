import { TailraceError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';

/** What an AWS SDK failure says of itself, without its texts: those may carry keys and signed headers. */
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

/** Answers that no waiting changes: rights, credentials, bucket, region, server. */
const FOR_A_PERSON = new Set([400, 401, 403, 404, 405, 501]);

/** Redirects to another region. */
const MOVED = new Set([301, 307, 308]);

/** Slow down and come again, though the status looks like a refusal. */
const PASSING = new Set(['RequestTimeout', 'SlowDown', 'RequestTimeTooSkewed', 'OperationAborted']);

/** A failed S3 call → LAKE_UNWRITABLE or LAKE_UNAVAILABLE by status and name. The SDK's error is not kept as cause: it holds the signed request. */
export function s3Error(error: unknown, action: string, place: string): TailraceError {
  if (error instanceof TailraceError) return error;
  const failure = s3Failure(error);
  const said = failure.status === null ? failure.name : `${failure.name}, HTTP ${failure.status}`;
  const hint = HINTS.get(failure.name);
  return new TailraceError(codeOf(failure), `cannot ${action} in ${place} (${said})`, hint === undefined ? {} : { hint });
}

function codeOf({ name, status }: S3Failure): ErrorCode {
  if (PASSING.has(name)) return 'LAKE_UNAVAILABLE';
  if (name === 'CredentialsProviderError') return 'LAKE_UNWRITABLE';
  return status !== null && (FOR_A_PERSON.has(status) || MOVED.has(status)) ? 'LAKE_UNWRITABLE' : 'LAKE_UNAVAILABLE';
}
