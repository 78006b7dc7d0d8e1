import { expect, test } from 'vitest';
import { requireToken } from '../core/secret.ts';
import { admit } from './http-access.ts';

const open = { host: '127.0.0.1', token: null };
const closed = { host: '0.0.0.0', token: 'secret' };
const basic = (password: string): string => `Basic ${Buffer.from(`someone:${password}`).toString('base64')}`;

test.each<[string, Record<string, string>, string]>([
  ['this machine', { host: 'localhost:8124' }, 'all'],
  ['a name that leads here', { host: 'evil.example' }, 'foreign'],
  ['a page elsewhere', { host: 'localhost:8124', origin: 'https://evil.example' }, 'foreign'],
  ['no name at all', {}, 'foreign'],
])('without a token %s', (_what, headers, admission) => {
  expect(admit(open, { headers, url: '/' })).toBe(admission);
});

test.each<[string, Record<string, string>, string, string]>([
  ['a request without it', { host: 'h' }, '/', 'probes'],
  ['a bearer of it', { host: 'h', authorization: 'Bearer secret' }, '/', 'all'],
  ['a bearer of another', { host: 'h', authorization: 'Bearer secre' }, '/', 'probes'],
  ['a password', { host: 'h', authorization: basic('secret') }, '/', 'all'],
  ['a wrong password', { host: 'h', authorization: basic('other') }, '/', 'probes'],
  ['a cookie', { host: 'h', cookie: 'a=b; tailrace_token=secret' }, '/', 'all'],
  ['an address', { host: 'h' }, '/?token=secret', 'welcome'],
  ['a wrong address', { host: 'h' }, '/?token=', 'probes'],
  ['a page elsewhere with the cookie', { host: 'h', cookie: 'tailrace_token=secret', origin: 'https://evil.example' }, '/', 'foreign'],
  ['our own page', { host: 'h:1', cookie: 'tailrace_token=secret', origin: 'http://h:1' }, '/', 'all'],
])('with a token %s', (_what, headers, url, admission) => {
  expect(admit(closed, { headers, url })).toBe(admission);
});

test('other machines need a token', () => {
  expect(() => requireToken('http', { host: '0.0.0.0', token: null })).toThrow(/^BAD_CONFIG: .*httpToken is not set/);
  expect(() => requireToken('http', { host: '::', token: null })).toThrow(/^BAD_CONFIG/);
  for (const host of ['127.0.0.1', 'localhost', '::1']) expect(() => requireToken('http', { host, token: null })).not.toThrow();
  expect(() => requireToken('http', closed)).not.toThrow();
});
