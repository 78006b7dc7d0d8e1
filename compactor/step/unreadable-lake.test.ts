import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { isRefused, unreadableLake } from './unreadable-lake.ts';

/** As the engine words it. */
const answered = (status: number): TailraceError =>
  new TailraceError(
    'LAKE_UNAVAILABLE',
    `Code: 499. DB::Exception: Failed to get object info: No response body.. HTTP response code: ${status}: while reading 'x' (S3_ERROR)`,
  );
const NO_ANSWER = new TailraceError(
  'LAKE_UNAVAILABLE',
  'Code: 499. DB::Exception: Connection refused. HTTP response code: 18446744073709551615: while reading (S3_ERROR)',
);
const KEYS = { way: 'keys' } as const;
const facts = {
  lake: 's3://bucket/shop',
  path: 'data/probe/ab-0.arrow',
  reading: KEYS,
  keyId: 'AKIAIOSFODNN7EXAMPLE',
  engine: 'the ClickHouse server',
  readBefore: false,
  cause: answered(403),
};

test('a refusal of S3 is told apart from a store that does not answer', () => {
  expect([301, 400, 401, 403, 404].map((status) => isRefused(answered(status)))).toEqual([true, true, true, true, true]);
  expect([429, 500, 503].map((status) => isRefused(answered(status)))).toEqual([false, false, false]);
  expect(isRefused(NO_ANSWER)).toBe(false);
});

test.each([
  [
    facts,
    'LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/ab-0.arrow in s3://bucket/shop with the access key that ends in "MPLE": HTTP 403. ' +
      'Give this key s3:GetObject on data/ and snapshot/ of the lake, or set warehouse.lakeAccess to server, role:<arn> or send.',
  ],
  [
    { ...facts, reading: { way: 'server' } as const },
    'LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/ab-0.arrow in s3://bucket/shop with its own role: HTTP 403. ' +
      "Give the role of the server's machine s3:GetObject on data/ and snapshot/ of the lake, or set warehouse.lakeAccess to keys, role:<arn> or send.",
  ],
  [
    { ...facts, reading: { way: 'role', arn: 'arn:aws:iam::123456789012:role/lake' } as const },
    'LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/ab-0.arrow in s3://bucket/shop as arn:aws:iam::123456789012:role/lake: HTTP 403. ' +
      'Check that this role exists, trusts the server, and has s3:GetObject on data/ and snapshot/ of the lake; or set warehouse.lakeAccess to send.',
  ],
  [
    { ...facts, cause: answered(404) },
    'LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/ab-0.arrow in s3://bucket/shop with the access key that ends in "MPLE": HTTP 404. ' +
      'S3 knows no such bucket or key: check that --lake and AWS_ENDPOINT_URL_S3 mean the same place for the engine, or set warehouse.lakeAccess to send.',
  ],
  [
    { ...facts, readBefore: true },
    'LAKE_UNAVAILABLE: the ClickHouse server cannot read data/probe/ab-0.arrow in s3://bucket/shop with the access key that ends in "MPLE": HTTP 403. ' +
      'Give this key s3:GetObject on data/ and snapshot/ of the lake, or set warehouse.lakeAccess to server, role:<arn> or send.',
  ],
  [
    {
      ...facts,
      reading: { way: 'server' } as const,
      cause: new TailraceError('WAREHOUSE_QUERY', 'Code: 452. Setting should not be changed'),
    },
    'LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/ab-0.arrow in s3://bucket/shop with its own role: ' +
      'Code: 452. Setting should not be changed. ClickHouse refused the statement; its own message is quoted. ' +
      "Give the role of the server's machine s3:GetObject on data/ and snapshot/ of the lake, or set warehouse.lakeAccess to keys, role:<arn> or send.",
  ],
  [
    { ...facts, lake: '/srv/lake', reading: null, engine: 'the embedded engine' },
    'LAKE_UNREADABLE: the embedded engine cannot read data/probe/ab-0.arrow in /srv/lake. Allow the user of the warehouse to read --lake ' +
      'and to list the folders above it. Or use a path with only letters, digits, "/", "-", "_" and ".".',
  ],
])('%#: the file is named, and whose right is missing', (file, message) => {
  expect(unreadableLake(file).message).toBe(message);
});
