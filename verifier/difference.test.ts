import { expect, test } from 'vitest';
import { bucketCount, differingBuckets, differingKeys, groupBuckets } from './difference.ts';
import { readableKey } from './comparison.ts';

const bucket = (n: number, rows: number, sum: string) => ({ bucket: n, rows: String(rows), sum });
const row = (key: string, hash: string, copies = 1) => ({ key, hash, copies: String(copies) });

test.each([
  [0, 256],
  [262_144, 256],
  [262_145, 512],
  [100_000_000, 4096],
])('a table of %i rows has %i buckets', (rows, buckets) => {
  expect(bucketCount(rows)).toBe(buckets);
});

test('buckets differ by count, by sum, or because one side has none', () => {
  const source = [bucket(1, 2, '5'), bucket(2, 2, '5'), bucket(3, 1, '7'), bucket(4, 1, '1')];
  const warehouse = [bucket(1, 2, '5'), bucket(2, 3, '5'), bucket(3, 1, '8'), bucket(0, 9, '1')];
  expect(differingBuckets(source, warehouse)).toEqual([
    { bucket: 0, rows: 9 },
    { bucket: 2, rows: 3 },
    { bucket: 3, rows: 1 },
    { bucket: 4, rows: 1 },
  ]);
});

test('buckets are looked at in groups of bounded size', () => {
  const buckets = [3, 4, 5, 20, 1].map((rows, n) => ({ bucket: n, rows }));
  expect(groupBuckets(buckets, 8)).toEqual([[0, 1], [2], [3], [4]]);
  expect(groupBuckets([], 8)).toEqual([]);
});

test('a key differs when it is missing, unexpected, or has another row, and is named once', () => {
  const source = [row('same', '1'), row('changed', '2'), row('missing', '3')];
  const warehouse = [row('same', '1'), row('changed', '9'), row('extra', '4')];
  expect(differingKeys(source, warehouse)).toEqual(['changed', 'extra', 'missing']);
});

test('rows without a key are equal only as often as they are there', () => {
  expect(differingKeys([row('r', '1', 3)], [row('r', '1', 3)])).toEqual([]);
  expect(differingKeys([row('r', '1', 3)], [row('r', '1', 2)])).toEqual(['r']);
});

test('a key is shown by its values', () => {
  expect(readableKey('1:74:é:x')).toBe('7, é:x');
  expect(readableKey('d41d8cd98f00b204e9800998ecf8427e')).toBe('d41d8cd98f00b204e9800998ecf8427e');
});
