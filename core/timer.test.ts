import { expect, test } from 'vitest';
import { abortableSleep } from './loop.ts';
import { abortAfter, LONGEST_TIMER_MS, timerMs } from './timer.ts';

test.each([
  [0.25, 1],
  [1_499.000_1, 1_500],
  [-3, 0],
  [2 ** 31, LONGEST_TIMER_MS],
  [Number.POSITIVE_INFINITY, LONGEST_TIMER_MS],
])('%d ms are %d on a timer', (asked, kept) => {
  expect(timerMs(asked)).toBe(kept);
});

test('a timer accepts a fraction of a millisecond, and months do not pass at once', async () => {
  expect(abortAfter(0.5).aborted).toBe(false);
  const months = abortAfter(2 ** 33 + 0.5);
  const stop = new AbortController();
  let slept = false;
  const asleep = abortableSleep(2 ** 33 + 0.5, stop.signal).then(() => (slept = true));
  // What rings at once has rung before a timer of 20 ms.
  await abortableSleep(20, new AbortController().signal);
  expect([months.aborted, slept]).toEqual([false, false]);
  stop.abort();
  await asleep;
});
