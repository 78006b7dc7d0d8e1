import { expect, test } from 'vitest';
import { checkLargeValues } from './large-values.ts';

const table = { kind: 'r', partitions: [], rows: 10, toastPages: 0 } as const;
const leaf = (rows: number, toastPages: number) => ({ rows, toastPages }) as never;

test.each([
  ['many rows with small values', { ...table, rows: 1_000_000, toastPages: 1_000_000 }, null],
  ['few rows with values of 20 MiB', { ...table, toastPages: 10 * 2_560 }, '20.0 MiB'],
  ['a table that was never analyzed', { ...table, rows: 0 }, null],
  ['a leaf with large values', { ...table, kind: 'p', partitions: [leaf(100, 1), leaf(1, 25_600)] }, '200.0 MiB'],
] as const)('large values are reported with their size: %s', (_what, facts, size) => {
  const items = checkLargeValues(facts).map(({ item, value, verdict }) => [item, value, verdict]);
  expect(items).toEqual(size === null ? [] : [['large values', expect.stringContaining(`${size} out of line for each row`), 'warn']]);
});
