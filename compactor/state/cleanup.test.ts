import { expect, test } from 'vitest';
import { shouldCleanUp } from './cleanup.ts';

test.each([
  ['few tombstones', { state: 'live', rows: 120_000, tombstones: 100_000 }, false],
  ['a small share', { state: 'live', rows: 10_000_000, tombstones: 1_000_000 }, false],
  ['many of both', { state: 'live', rows: 1_000_000, tombstones: 400_000 }, true],
  ['a table that is not live', { state: 'waiting', rows: 1_000_000, tombstones: 900_000 }, false],
] as const)('%s', (_what, facts, expected) => {
  expect(shouldCleanUp(facts)).toBe(expected);
});
