import { expect, test } from 'vitest';
import { parseLakeReading, requireLakeReading } from './lake-reading.ts';
import { resolveConfig } from './resolve-config.ts';

const ARN = 'arn:aws:iam::123456789012:role/team/tailrace-lake';

test('each way to read a lake is a word, and a role has its ARN', () => {
  expect(parseLakeReading('keys')).toEqual({ way: 'keys' });
  expect(parseLakeReading('server')).toEqual({ way: 'server' });
  expect(parseLakeReading('send')).toEqual({ way: 'send' });
  expect(parseLakeReading(`role:${ARN}`)).toEqual({ way: 'role', arn: ARN });
  expect(parseLakeReading('role:arn:aws-cn:iam::123456789012:role/x')).toEqual({
    way: 'role',
    arn: 'arn:aws-cn:iam::123456789012:role/x',
  });
});

test.each([
  'role',
  'role:',
  'key',
  'KEYS',
  'role:arn:aws:iam::12345:role/x',
  'role:arn:aws:iam::123456789012:user/x',
  'role:arn:aws:iam::123456789012:role/',
  "role:arn:aws:iam::123456789012:role/x', 'y",
  'role:arn:aws:s3:::bucket',
  `role:${ARN}\n`,
])('%j is refused with what is allowed', (value) => {
  expect(parseLakeReading(value)).toBeNull();
  const files = [{ path: 'base.yaml', values: new Map([['warehouse.lakeAccess', value]]) }];
  expect(() => resolveConfig({ flags: {}, environment: {}, files })).toThrow(
    `BAD_CONFIG: warehouse.lakeAccess (from base.yaml) is "${value.replaceAll(/\s+/g, ' ')}"; ` +
      'allowed: keys, server, send or role:arn:aws:iam::123456789012:role/NAME. See docs/CONFIG.md for the keys and their values.',
  );
});

test('a directory has no roles', () => {
  requireLakeReading({ way: 'keys' }, './lake');
  requireLakeReading({ way: 'send' }, './lake');
  requireLakeReading({ way: 'server' }, 's3://bucket/shop');
  const hint = 'Remove the setting: an embedded engine opens the files of a directory, and a server is sent them.';
  expect(() => requireLakeReading({ way: 'server' }, './lake')).toThrow(
    `BAD_CONFIG: warehouse.lakeAccess is "server", but the lake ./lake is a directory, which has no roles. ${hint}`,
  );
  expect(() => requireLakeReading({ way: 'role', arn: ARN }, './lake')).toThrow(
    `BAD_CONFIG: warehouse.lakeAccess is "role:${ARN}", but the lake ./lake is a directory, which has no roles. ${hint}`,
  );
});
