import { expect, test } from 'vitest';
import { MIGRATIONS, settledFacts, storageVersion } from './storage-version.ts';

const [first, second] = [{ what: 'first' }, { what: 'second', rebuilds: true }] as const;
const stored = (version: string): Map<string, string> => new Map([['storage', version]]);

test('what is due leads from the version of a warehouse to that of this program', () => {
  const migrations = [first, second];
  expect(storageVersion(new Map(), migrations)).toEqual({ newest: 3, due: [] });
  expect(storageVersion(new Map([['lakeId', 'a']]), migrations)).toEqual({ newest: 3, due: [first, second] });
  expect(storageVersion(stored('2'), migrations)).toEqual({ newest: 3, due: [second] });
  expect(storageVersion(stored('3'), migrations)).toEqual({ newest: 3, due: [] });
  expect(storageVersion(stored('1'))).toEqual({ newest: MIGRATIONS.length + 1, due: MIGRATIONS });
});

test('a warehouse that a later version has written is refused, and a damaged version too', () => {
  expect(() => storageVersion(stored('4'), [first, second])).toThrow(
    /^WAREHOUSE_TOO_NEW: the warehouse has storage version 4, but this version reads only up to 3\. /,
  );
  for (const version of ['', '0', '1.5', 'x']) expect(() => storageVersion(stored(version))).toThrow(/^INTERNAL: /);
});

test('the version is saved once', () => {
  const version = storageVersion(new Map(), [first, second]);
  expect(settledFacts(new Map(), version)).toEqual(stored('3'));
  expect(settledFacts(stored('3'), version)).toEqual(new Map());
});
