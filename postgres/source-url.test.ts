import { expect, test } from 'vitest';
import { describeAddress, isUnixSocket, parseSourceUrl } from './source-url.ts';

test('a full URL is taken apart', () => {
  const url = 'postgresql://u%40x:p%23w@db.example:6543/my%20db?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20geqo%3Doff';
  expect(parseSourceUrl(url)).toMatchObject({
    host: 'db.example',
    port: 6543,
    user: 'u@x',
    password: 'p#w',
    database: 'my db',
    tls: 'verify-full',
    caFile: '/ca.pem',
    options: '-c geqo=off',
  });
});

test.each([
  ['postgres://u@/d?host=/var/run/postgresql', '/var/run/postgresql:5432/d', true],
  ['postgres:///d?host=/tmp&port=7', '/tmp:7/d', true],
  ['postgres://%2Ftmp/d', '/tmp:5432/d', true],
  ['postgres://[::1]:5/d', '::1:5/d', false],
  ['postgres://u@h', 'h:5432/u', false],
])('%s is at %s', (url, described, unixSocket) => {
  const address = parseSourceUrl(url);
  expect(describeAddress(address)).toBe(described);
  expect(isUnixSocket(address)).toBe(unixSocket);
});

test.each([
  'mysql://u:secret@h/d',
  'host=h password=secret',
  'postgres://u:secret@h:99999/d',
  'postgres://u:secr%et@h/d',
  'postgres://u:secret@h/d?sslmode=yes',
  'postgres://u:secret@h/d?port=x',
])('%s is BAD_ARGUMENT without the password', (url) => {
  expect(() => parseSourceUrl(url)).toThrow(/^BAD_ARGUMENT/);
  expect(() => parseSourceUrl(url)).not.toThrow(/secr/);
});
