import { expect, test } from 'vitest';
import { addBuckets, bucketCount, differingBuckets, fittingBuckets, totalRows } from './difference.ts';
import type { Buckets } from './difference.ts';

const bucket = (n: number, rows: number, sum: string) => ({ bucket: n, rows: String(rows), sum });
const buckets = (...rows: ReturnType<typeof bucket>[]): Buckets => {
  const made: Buckets = new Map();
  addBuckets(made, rows);
  return made;
};

test.each([
  [0, 256],
  [262_144, 256],
  [262_145, 512],
  [100_000_000, 4096],
  [1_000_000_000, 16_384],
  [100_000_000_000, 65_536],
])('a table of %i rows has %i buckets', (rows, count) => {
  expect(bucketCount(rows)).toBe(count);
});

test('buckets differ by count, by sum, or because one side has none', () => {
  const source = buckets(bucket(1, 2, '5'), bucket(2, 2, '5'), bucket(3, 1, '7'), bucket(4, 1, '1'));
  const warehouse = buckets(bucket(1, 2, '5'), bucket(2, 3, '5'), bucket(3, 1, '8'), bucket(0, 9, '1'));
  expect(differingBuckets(source, warehouse)).toEqual([
    { bucket: 0, rows: 9 },
    { bucket: 2, rows: 3 },
    { bucket: 3, rows: 1 },
    { bucket: 4, rows: 1 },
  ]);
});

test('pieces of a side add up to the side, however it was cut', () => {
  const side: Buckets = new Map();
  expect(addBuckets(side, [bucket(1, 2, '-9223372036854775808'), bucket(-1, 5, '0')])).toBe(7);
  expect(addBuckets(side, [bucket(1, 1, '-9223372036854775808'), bucket(2, 1, '4')])).toBe(2);
  expect(differingBuckets(side, buckets(bucket(1, 3, '-18446744073709551616'), bucket(2, 1, '4')))).toEqual([]);
});

test('rows that are not compared are neither counted nor a difference', () => {
  expect(totalRows(buckets(bucket(-1, 5, '0'), bucket(3, 2, '1')))).toBe(2);
  expect(differingBuckets(buckets(bucket(-1, 5, '0')), buckets())).toEqual([]);
});

test('as many buckets are looked at as fit, and at least one', () => {
  const found = [3, 4, 5, 1].map((rows, n) => ({ bucket: n, rows }));
  expect(fittingBuckets(found, 8)).toEqual([0, 1, 3]);
  expect(fittingBuckets(found, 2)).toEqual([0]);
  expect(fittingBuckets([], 8)).toEqual([]);
});
