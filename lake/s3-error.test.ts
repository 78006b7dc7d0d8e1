import { expect, test } from 'vitest';
import { s3Error } from './s3-error.ts';

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
])('%s with status %s is %s', (name, status, code) => {
  expect(s3Error(failure(name, status), 'write k', 's3://b')).toMatchObject({ code });
});

test('the error says what failed and nothing the server or the SDK wrote', () => {
  const error = s3Error(failure('AccessDenied', 403), 'write k', 's3://b/p');
  expect(error.message).toBe(
    'LAKE_UNWRITABLE: cannot write k in s3://b/p (AccessDenied, HTTP 403). Give this user write access to --lake.',
  );
  expect(error.cause).toBeUndefined();
  expect(s3Error(failure('Error', null, { code: 'ECONNREFUSED' }), 'read k', 's3://b').message).toContain('(ECONNREFUSED)');
});
