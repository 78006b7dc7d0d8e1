import { expect, test } from 'vitest';
import { dateText, isoText, timeText, timestampText } from './civil-time.ts';

test('days print as Postgres prints dates, far beyond what a JavaScript Date can hold', () => {
  expect([0, -1, 10957, 11016, -719_528, -719_529, 2_147_483_493 - 2_440_588].map(dateText)).toEqual([
    '1970-01-01',
    '1969-12-31',
    '2000-01-01',
    '2000-02-29',
    '0001-01-01 BC',
    '0002-12-31 BC',
    '5874897-12-31',
  ]);
});

test('a time of day has all its microseconds, and 24:00 is kept', () => {
  expect([0n, 1n, 86_399_999_999n, 86_400_000_000n].map(timeText)).toEqual([
    '00:00:00.000000',
    '00:00:00.000001',
    '23:59:59.999999',
    '24:00:00.000000',
  ]);
});

test('timestamps before 1970 and before year 1 count backwards right', () => {
  expect(timestampText(-1n)).toBe('1969-12-31 23:59:59.999999');
  expect(timestampText(-62_167_219_200_000_000n, '+00')).toBe('0001-01-01 00:00:00.000000+00 BC');
  expect(timestampText(9_224_318_015_999_999_999n)).toBe('294276-12-31 23:59:59.999999');
  expect(isoText(1_700_000_000_123_456n)).toBe('2023-11-14T22:13:20.123456Z');
});
