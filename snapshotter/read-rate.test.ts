import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadRate } from './read-rate.ts';

test('without a limit there is no wait', () => {
  expect(new ReadRate(null).spend(1e12, 0)).toBe(0);
});

test('copies that read in turn wait for what all of them read', () => {
  const rate = new ReadRate(1000);
  expect([rate.spend(500, 0), rate.spend(500, 0), rate.spend(500, 1000), rate.spend(500, 60_000)]).toEqual([500, 1000, 500, 500]);
});

test('regardless of the pieces, at most one piece of each copy is read beyond the limit', () => {
  const piece = fc.record({ copy: fc.integer({ min: 0, max: 2 }), bytes: fc.integer({ min: 1, max: 5000 }) });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 100 }), (pieces) => {
      const rate = new ReadRate(1000);
      const free = [0, 0, 0];
      let read = 0;
      let last = 0;
      for (const { copy, bytes } of pieces) {
        const now = Math.max(last, free[copy] ?? 0);
        free[copy] = now + rate.spend(bytes, now);
        read += bytes;
        last = now;
        expect(read).toBeLessThanOrEqual(now + 3 * 5000 + 1);
      }
    }),
  );
});
