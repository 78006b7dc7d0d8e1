import { expect, test } from 'vitest';
import { verifyScope } from './verify-part.ts';

const scope = (flags: Record<string, string>, words: string[] = []) =>
  verifyScope({ flags: new Map(Object.entries(flags).map(([name, value]) => [name, [value]])), words }, 0.5);

test('without flags everything is compared as fast as it goes, within an hour', () => {
  expect(scope({})).toEqual({ tables: null, part: { sample: null, keys: null }, maxRate: null, maxAgeMs: 3_600_000 });
});

test('a sample is a percentage or a number of rows', () => {
  expect(scope({ sample: '1%' }).part.sample).toEqual({ rows: null, share: 0.01, start: 0.5 });
  expect(scope({ sample: '0.5 %' }).part.sample).toEqual({ rows: null, share: 0.005, start: 0.5 });
  expect(scope({ sample: '20000' }).part.sample).toEqual({ rows: 20_000, share: 1, start: 0.5 });
});

test('a range of keys needs one table, however often that is named', () => {
  expect(scope({ from: '5', table: 'a.b' }).part.keys).toEqual({ from: '5', to: null });
  expect(scope({ to: '-3' }, ['a.b', 'a.b']).part.keys).toEqual({ from: null, to: '-3' });
});

test.each([
  [{ sample: '0%' }, '--sample is "0%"; allowed:'],
  [{ sample: '101%' }, '--sample is "101%"; allowed:'],
  [{ sample: '0' }, '--sample is "0"; allowed:'],
  [{ sample: 'some' }, '--sample is "some"; allowed:'],
  [{ 'max-rate': '0' }, '--max-rate is "0"; allowed:'],
  [{ 'max-rate': '1e5' }, '--max-rate is "1e5"; allowed:'],
  [{ 'max-age': '10' }, '--max-age is "10"; allowed:'],
  [{ 'max-age': '25h' }, '--max-age is "25h"; allowed:'],
  [{ from: '1' }, '--from and --to need exactly one table, but none was given'],
])('%j is refused by name', (flags, message) => {
  expect(() => scope(flags as Record<string, string>)).toThrow(`BAD_ARGUMENT: ${message}`);
});

test('a range over two tables is refused', () => {
  expect(() => scope({ to: '1' }, ['a.b', 'a.c'])).toThrow('need exactly one table, but 2 were given');
});
