import { expect, test } from 'vitest';
import { stalledToEnd } from './stalled-reader.ts';

const readings = [{ movedAtMs: 3000 }, { movedAtMs: 1000 }, { movedAtMs: 2000 }, { movedAtMs: 9000 }];
const at = (nowMs: number, waiting: number): number[] =>
  stalledToEnd(readings, { nowMs, waiting, patienceMs: 5000 }).map(({ movedAtMs }) => movedAtMs);

test('a reader that stands still keeps its place while nobody else wants it', () => {
  expect(at(100_000, 0)).toEqual([]);
});

test('as many readers lose their places as wait for one, those that stood still longest first, and none that has just moved', () => {
  expect(at(10_000, 1)).toEqual([1000]);
  expect(at(10_000, 2)).toEqual([1000, 2000]);
  expect(at(10_000, 10)).toEqual([1000, 2000, 3000]);
  expect(at(5_999, 10)).toEqual([]);
});
