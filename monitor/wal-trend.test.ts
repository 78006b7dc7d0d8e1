import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WalTrend } from './wal-trend.ts';

const MIB = 1024 * 1024;

/** A trend of looks ten seconds apart. */
function trendOf(retained: readonly number[]): WalTrend {
  const trend = new WalTrend();
  for (const [index, retainedBytes] of retained.entries()) trend.add({ atMs: index * 10_000, retainedBytes });
  return trend;
}

test('there is no outlook before half a minute of samples', () => {
  expect(trendOf([0, MIB, 2 * MIB]).outlook(MIB)).toEqual({ growthPerHour: null, secondsUntilLost: null });
});

test('a slot that keeps a MiB more every ten seconds is lost when the room is used up', () => {
  const { growthPerHour, secondsUntilLost } = trendOf([0, 1, 2, 3, 4, 5].map((n) => n * MIB)).outlook(60 * MIB);
  expect(growthPerHour).toBeCloseTo(360 * MIB, 0);
  expect(secondsUntilLost).toBeCloseTo(600, 3);
});

test('a slot that is read, or that has no limit, is not lost', () => {
  expect(trendOf([9, 6, 4, 2, 1].map((n) => n * MIB)).outlook(MIB).secondsUntilLost).toBe(null);
  expect(trendOf([1, 2, 3, 4, 5].map((n) => n * MIB)).outlook(null).secondsUntilLost).toBe(null);
});

test('samples older than 15 minutes do not count', () => {
  const trend = trendOf([...Array.from({ length: 100 }, () => 500 * MIB), ...Array.from({ length: 100 }, (_, n) => n * MIB)]);
  expect(trend.outlook(null).growthPerHour).toBeCloseTo(360 * MIB, 0);
});

test('for any samples, no room left is lost now, and more room lasts longer', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 4, maxLength: 50 }),
      fc.integer({ min: 1, max: 1e12 }),
      (seen, room) => {
        const trend = trendOf(seen);
        const until = trend.outlook(room).secondsUntilLost;
        if (until === null) return;
        expect(until).toBeGreaterThan(0);
        expect(trend.outlook(0).secondsUntilLost).toBe(0);
        expect((trend.outlook(2 * room).secondsUntilLost ?? 0) / until).toBeCloseTo(2, 6);
      },
    ),
  );
});
