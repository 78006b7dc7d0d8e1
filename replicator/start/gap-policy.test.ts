import { expect, test } from 'vitest';
import { mayBeginEpoch } from './gap-policy.ts';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const answered = (...hoursAgo: number[]) =>
  hoursAgo.map((hours) => ({ answeredGapAt: new Date(NOW_MS - hours * 3_600_000).toISOString() }));

test('told to stop, a gap is never answered by a new epoch', () => {
  expect(mayBeginEpoch('stop', [], NOW_MS)).toBe(false);
});

test('when set to copy again, it does so three times a day, counted in the lake, and then stops', () => {
  expect(mayBeginEpoch('resync', answered(1, 2), NOW_MS)).toBe(true);
  expect(mayBeginEpoch('resync', answered(1, 2, 23), NOW_MS)).toBe(false);
  expect(mayBeginEpoch('resync', answered(1, 2, 25), NOW_MS)).toBe(true);
});

test('epochs that a person began do not count, and of a clock that was ahead only what is within a day', () => {
  expect(mayBeginEpoch('resync', [{}, {}, {}, ...answered(1)], NOW_MS)).toBe(true);
  expect(mayBeginEpoch('resync', answered(-1, -2, -3), NOW_MS)).toBe(false);
  expect(mayBeginEpoch('resync', answered(-25, -26, -27), NOW_MS)).toBe(true);
});
