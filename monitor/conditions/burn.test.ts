import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TargetWatch } from './burn.ts';
import type { Burn } from './burn.ts';

const TARGET_S = 60;

/** Plays one freshness a second; returns the verdict after each. */
function play(freshness: readonly number[]): (Burn | null)[] {
  const watch = new TargetWatch(TARGET_S * 1000);
  return freshness.map((seconds, at) => watch.look(seconds * 1000, at * 1000));
}

const fresh = (seconds: number): number[] => Array.from({ length: seconds }, () => 1);
const stalled = (seconds: number): number[] => Array.from({ length: seconds }, (_, at) => at);

test('a table that stands still is reported after half of its target and before it misses it', () => {
  const said = play([...fresh(100), ...stalled(90)]).slice(100);
  const first = said.findIndex((burn) => burn !== null);
  expect(first).toBeGreaterThan(TARGET_S / 2);
  expect(first).toBeLessThan(TARGET_S);
  expect(said.slice(first).every((burn) => burn === 'fast')).toBe(true);
});

test('once it is fresh again, the verdict clears within half of the target and stays clear', () => {
  const said = play([...fresh(100), ...stalled(120), ...fresh(300)]).slice(220);
  const last = said.findLastIndex((burn) => burn !== null);
  expect(last).toBeLessThanOrEqual(TARGET_S / 2);
  expect(said.slice(last + 1).every((burn) => burn === null)).toBe(true);
});

test('a single late look among many burns nothing', () => {
  expect(play([...fresh(200), 59, ...fresh(200)]).every((burn) => burn === null)).toBe(true);
});

test('late now and again burns slowly', () => {
  const said = play(Array.from({ length: 1500 }, (_, at) => (at % 10 === 0 ? 40 : 1)));
  expect(said).toContain('slow');
  expect(said).not.toContain('fast');
});

test('a table that was never half-way to its target is never reported', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: TARGET_S / 2, noNaN: true }), { maxLength: 300 }), (seen) => {
      expect(play(seen).every((burn) => burn === null)).toBe(true);
    }),
  );
});
