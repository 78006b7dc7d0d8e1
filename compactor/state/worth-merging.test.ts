import { expect, test } from 'vitest';
import { isWorthMerging } from './worth-merging.ts';

test.each([
  { what: 'one part', rows: 3_000_000, apart: 0, worth: false },
  { what: 'one changed row of many', rows: 3_000_000, apart: 1, worth: false },
  { what: 'just below a thousandth', rows: 3_000_000, apart: 2_999, worth: false },
  { what: 'a thousandth', rows: 3_000_000, apart: 3_000, worth: true },
  { what: 'one changed row of a small table', rows: 1_000, apart: 1, worth: true },
])('$what: $worth', ({ rows, apart, worth }) => {
  expect(isWorthMerging({ bytes: rows * 40, rows, apart })).toBe(worth);
});

test('a large storage is not merged as a whole', () => {
  expect(isWorthMerging({ bytes: 1_000_000_001, rows: 3_000_000, apart: 1_000_000 })).toBe(false);
});
