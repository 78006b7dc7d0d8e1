import { expect, test } from 'vitest';
import { isOfBuilder, reachedAs, refusalOf, refusalOfBuilder } from './sql-access.ts';

const TOKEN = 'a token of some length';
const basic = (password: string): string => `Basic ${Buffer.from(`analyst:${password}`).toString('base64')}`;

const codeOf = (token: string | null, headers: Record<string, string>, path = '/', isOurs = false): number | null =>
  refusalOf(token, { headers: { host: 'warehouse.internal:8123', ...headers }, url: new URL(path, 'http://x'), isOurs })?.code ?? null;

test.each([
  [{ authorization: basic(TOKEN) }, '/', null],
  [{ authorization: `Bearer ${TOKEN}` }, '/', null],
  [{ 'x-clickhouse-key': TOKEN, 'x-clickhouse-user': 'analyst' }, '/', null],
  [{}, `/?user=analyst&password=${encodeURIComponent(TOKEN)}`, null],
  [{ authorization: basic(TOKEN), origin: 'https://grafana.internal' }, '/', null],
  [{}, '/ping', null],
  [{}, '/', 194],
  [{ authorization: basic('') }, '/', 194],
  [{}, '/?password=', 194],
  [{ authorization: basic('wrong') }, '/', 516],
  [{ authorization: `Bearer ${TOKEN}.` }, '/', 516],
  [{ 'x-clickhouse-key': 'wrong' }, `/?password=${encodeURIComponent(TOKEN)}`, 516],
  [{}, '/build', 194],
])('with a token, %j to %s is refused with %s', (headers, path, code) => {
  expect(codeOf(TOKEN, headers, path)).toBe(code);
  expect(codeOf(TOKEN, headers, path, true)).toBeNull();
});

test('without a token, only this machine is answered, with any headers', () => {
  expect(codeOf(null, {})).toBe(497);
  expect(codeOf(null, { host: 'localhost:8123' })).toBeNull();
  expect(codeOf(null, { host: 'localhost:8123', origin: 'http://elsewhere' })).toBe(497);
  expect(codeOf(null, { authorization: basic(TOKEN) }, '/ping', true)).toBe(497);
});

test.each([
  [{ authorization: `Basic ${Buffer.from(`builder:${TOKEN}`).toString('base64')}` }, '/', true, null],
  [{ 'x-clickhouse-user': 'builder', 'x-clickhouse-key': TOKEN }, '/', true, null],
  [{}, `/?user=builder&password=${encodeURIComponent(TOKEN)}`, true, null],
  [{}, '/?user=builder', true, 194],
  [{ authorization: basic(TOKEN) }, '/?user=builder', true, null],
  [{ 'x-clickhouse-user': 'builder', 'x-clickhouse-key': 'wrong' }, '/', true, 516],
  [{ authorization: basic(TOKEN) }, '/', false, null],
])('%j to %s is of builder: %s, and refused with %s', (headers, path, isBuilder, code) => {
  const caller = { headers, url: new URL(path, 'http://x') };
  expect([isOfBuilder(caller), refusalOfBuilder(TOKEN, caller)?.code ?? null]).toEqual([isBuilder, code]);
});

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '[::1]'],
  ['10.0.0.7', '10.0.0.7'],
])('what listens on %s is reached at %s', (host, address) => {
  expect(reachedAs(host)).toBe(address);
});
