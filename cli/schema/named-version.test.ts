import { expect, test } from 'vitest';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { namedVersion } from './named-version.ts';

const of = (name: string, n: number) => ({
  n,
  table: `public.${name}`,
  lsn: '0/1',
  schema: tableSchema({ oid: n, name, columns: { id: { kind: 'int4' } } }),
});
const tables = [
  [of('t', 1), of('u', 2)],
  [of('"a@1"', 1), of('"a@1"', 2)],
  [of('t', 1), of('t', 2), of('t', 3)],
];

test('a version is named by its table and number, and the newest needs none', () => {
  expect(namedVersion({ tables }, 'public.t@2').n).toBe(2);
  expect(namedVersion({ tables }, 'public.t').n).toBe(3);
  expect(namedVersion({ tables }, 'public.u@1').table).toBe('public.t');
  expect(namedVersion({ tables }, 'public."a@1"@1').n).toBe(1);
  expect(namedVersion({ tables }, 'public."a@1"').n).toBe(2);
});

test.each([
  ['public.t@4', 'public.t has no version @4; allowed: @1 to @3'],
  ['public.t@0', 'public.t has no version @0'],
  ['public.nowhere', 'the lake has no schema of public.nowhere'],
  ['orders', 'is not of the form schema.table'],
])('%s is refused by name', (text, message) => {
  expect(() => namedVersion({ tables }, text)).toThrow(message);
});
