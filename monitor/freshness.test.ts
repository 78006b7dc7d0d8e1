import { expect, test } from 'vitest';
import { freshnessSeconds } from './freshness.ts';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

test.each([
  ['2026-01-02T03:04:03.500Z', 1.5],
  ['2026-01-02T03:04:03.500123Z', 1.5],
  ['2026-01-02T03:04:05.000Z', 0],
  ['2026-01-02T03:04:06.000Z', 0],
  ['2026-01-02T02:04:05Z', 3600],
  [null, null],
])('as of %s, a table is %s s behind', (asOf, seconds) => {
  expect(freshnessSeconds(asOf, NOW)).toBe(seconds);
});
