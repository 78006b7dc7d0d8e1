import { expect, test } from 'vitest';
import { isBaseDue } from './base-due.ts';

const MIB = 1024 * 1024;
const DAY = 86_400_000;
const quiet = { bytesSince: 0, baseBytes: 0, changed: false, ageMs: 0 };

test.each([
  [quiet, false],
  [{ ...quiet, bytesSince: 64 * MIB, changed: true }, false],
  [{ ...quiet, bytesSince: 65 * MIB, changed: true }, true],
  [{ ...quiet, bytesSince: 65 * MIB, baseBytes: 200 * MIB, changed: true }, false],
  [{ ...quiet, bytesSince: 101 * MIB, baseBytes: 200 * MIB, changed: true }, true],
  [{ ...quiet, ageMs: 2 * DAY }, false],
  [{ ...quiet, ageMs: DAY, changed: true }, true],
  [{ ...quiet, ageMs: DAY - 1, changed: true }, false],
])('a base is due by the size of batches, or by its age when something changed: %o', (need, due) => {
  expect(isBaseDue(need, { intervalMs: DAY })).toBe(due);
});
