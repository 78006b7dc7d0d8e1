import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseRows } from './chosen-rows.ts';
import type { Sample } from './chosen-rows.ts';

const choose = (sample: Sample | null, rows = 1000) => chooseRows({ filter: null, sample, keys: null, rows });

/** Whether a condition holds for a 64-bit place, as SQL would say. */
function holds(condition: string, place: bigint): boolean {
  const [, from, operator, to] = /^\(place >= toInt64\('(-?\d+)'\) (AND|OR) place <= toInt64\('(-?\d+)'\)\)$/.exec(condition) ?? [];
  if (from === undefined || to === undefined) throw new Error(condition);
  const [above, below] = [place >= BigInt(from), place <= BigInt(to)];
  return operator === 'AND' ? above && below : above || below;
}

test('without a choice every row is compared', () => {
  expect(choose(null)).toEqual({ source: 'true', needsPlace: false, warehouse: '1' });
  expect(choose({ rows: null, share: 1, start: 0.5 })).toEqual({ source: 'true', needsPlace: false, warehouse: '1' });
  expect(choose({ rows: 5000, share: 1, start: 0.5 })).toEqual({ source: 'true', needsPlace: false, warehouse: '1' });
});

test('a sample has its share of the hashes, wherever it begins', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.double({ min: 0, max: 0.999, noNaN: true }), (share, start) => {
      const { warehouse } = choose({ rows: null, share, start });
      let chosen = 0;
      for (let i = 0n; i < 1000n; i += 1n) chosen += holds(warehouse, -(2n ** 63n) + (i * 2n ** 64n) / 1000n) ? 1 : 0;
      expect(Math.abs(chosen - share * 1000)).toBeLessThanOrEqual(1.5);
    }),
    { numRuns: 30 },
  );
});

test('a number of rows is that part of the table', () => {
  expect(choose({ rows: 10, share: 1, start: 0.25 }, 1000)).toEqual(choose({ rows: null, share: 0.01, start: 0.25 }));
});

test('a row filter of the source is part of the choice there and not in the warehouse', () => {
  expect(chooseRows({ filter: 's.a > 1', sample: null, keys: null, rows: 1 })).toEqual({
    source: '(s.a > 1) IS TRUE',
    needsPlace: false,
    warehouse: '1',
  });
});
