import { expect, test } from 'vitest';
import { s3Error, saysAbsent } from './s3-error.ts';

function failure(name: string, status: number | null, extra: object = {}): Error {
  return Object.assign(new Error('AKIASECRET said no'), {
    name,
    ...(status === null ? {} : { $metadata: { httpStatusCode: status } }),
    ...extra,
  });
}

test.each([
  ['AccessDenied', 403, 'LAKE_UNWRITABLE'],
  ['InvalidAccessKeyId', 403, 'LAKE_UNWRITABLE'],
  ['NoSuchBucket', 404, 'LAKE_UNWRITABLE'],
  ['PermanentRedirect', 301, 'LAKE_UNWRITABLE'],
  ['NotImplemented', 501, 'LAKE_UNWRITABLE'],
  ['CredentialsProviderError', null, 'LAKE_UNWRITABLE'],
  ['SlowDown', 503, 'LAKE_UNAVAILABLE'],
  ['InternalError', 500, 'LAKE_UNAVAILABLE'],
  ['RequestTimeout', 400, 'LAKE_UNAVAILABLE'],
  ['TooManyRequests', 429, 'LAKE_UNAVAILABLE'],
  ['TimeoutError', null, 'LAKE_UNAVAILABLE'],
  // The connection broke within the answer.
  ['ECONNRESET', 404, 'LAKE_UNAVAILABLE'],
])('%s with status %s is %s', (name, status, code) => {
  expect(s3Error(failure(name, status), 'write k', { place: 's3://b', taken: false })).toMatchObject({ code });
});

test('the error says what failed and quotes neither the server nor the SDK', () => {
  const error = s3Error(failure('AccessDenied', 403), 'write k', { place: 's3://b/p', taken: false });
  expect(error.message).toBe(
    'LAKE_UNWRITABLE: cannot write k in s3://b/p (AccessDenied, HTTP 403). Give this user write access to --lake.',
  );
  expect(error.cause).toBeUndefined();
  expect(s3Error(failure('Error', null, { code: 'ECONNREFUSED' }), 'read k', { place: 's3://b', taken: false }).message).toContain(
    '(ECONNREFUSED)',
  );
});

test('only an error about the object means that the object is missing: a bucket or a user may be missing as well', () => {
  for (const name of ['NoSuchKey', 'NotFound']) expect(saysAbsent(failure(name, 404))).toBe(true);
  for (const name of ['NoSuchBucket', 'XAdminUserNotFound']) expect(saysAbsent(failure(name, 404))).toBe(false);
});

test.each(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'CredentialsProviderError'])(
  '%s is waited out where credentials worked before, and says what to renew',
  (name) => {
    const error = s3Error(failure(name, 403), 'write k', { place: 's3://b', taken: true });
    expect(error).toMatchObject({
      code: 'LAKE_UNAVAILABLE',
      message: expect.stringContaining('Renew them at their source') as string,
    });
    expect(s3Error(failure('AccessDenied', 403), 'write k', { place: 's3://b', taken: true })).toMatchObject({ code: 'LAKE_UNWRITABLE' });
  },
);
