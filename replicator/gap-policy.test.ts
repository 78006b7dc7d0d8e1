import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { gapPolicy } from './gap-policy.ts';

test('told to stop, a gap is never answered by a new epoch', () => {
  expect(gapPolicy('stop', silentLogger())('slot is gone')).toBe(false);
});

test('told to copy anew, it does so three times a day and then stops', () => {
  let nowMs = 0;
  const may = gapPolicy('resync', silentLogger(), { wall: () => 0, elapsed: () => nowMs });
  expect([may('1'), may('2'), may('3'), may('4')]).toEqual([true, true, true, false]);
  nowMs = 86_400_000;
  expect(may('5')).toBe(true);
});
