import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** Feeds reads of the given size, `gapMs` apart, and returns the rests. */
function rests(pace: Pace, count: number, read: { bytes: number; gapMs: number; fromMs?: number }): number[] {
  return Array.from({ length: count }, (_, i) => pace.rest(read.bytes, (read.fromMs ?? 0) + i * read.gapMs));
}

test('small reads that follow one another lead to a rest', () => {
  const found = rests(new Pace(), 40, { bytes: 250, gapMs: 0.05 });
  expect(found.slice(0, 16).every((ms) => ms === 0)).toBe(true);
  expect(found[16]).toBe(1);
});

test('an idle or slow source is never kept waiting', () => {
  expect(rests(new Pace(), 100, { bytes: 250, gapMs: 5 })).not.toContain(1);
});

test('large reads are followed by the next read at once', () => {
  expect(rests(new Pace(), 100, { bytes: 32_768, gapMs: 0.1 })).not.toContain(1);
});

test('as long as rests bring in much there is one after each small read', () => {
  const pace = new Pace();
  rests(pace, 17, { bytes: 250, gapMs: 0.05 });
  expect(pace.rest(250, 2)).toBe(0);
  expect(pace.rest(32_768, 2.1)).toBe(0);
  expect(pace.rest(250, 2.2)).toBe(1);
  expect(pace.rest(8_000, 3.3)).toBe(1);
});

test('a rest that brought in little was the last', () => {
  const pace = new Pace();
  expect(rests(pace, 17, { bytes: 250, gapMs: 0.05 }).at(-1)).toBe(1);
  expect(pace.rest(250, 2)).toBe(0);
  expect(pace.rest(250, 2.1)).toBe(0);
  expect(pace.rest(250, 2.2)).toBe(0);
});
