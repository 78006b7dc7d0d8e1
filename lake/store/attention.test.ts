import { expect, test } from 'vitest';
import { Attention } from './attention.ts';

test('a place is looked at twice a second while something happens, and ever more rarely when not', () => {
  const attention = new Attention(20_000, 1_000);
  const pauses = [1_000, 5_999, 9_000, 21_000, 1_000_000].map((nowMs) => attention.pauseMs(nowMs));
  expect(pauses).toEqual([500, 500, 4_000, 10_000, 20_000]);
  attention.happened(1_000_000);
  expect(attention.pauseMs(1_001_000)).toBe(500);
});

const polls = (attention: Attention): number[] => [1_000, 9_000, 1_000_000].map((nowMs) => attention.watchedPauseMs(nowMs));

test('polls of a place that is watched are never more than one a second, and grow to their own limit', () => {
  expect(polls(new Attention(20_000, 1_000, 5_000))).toEqual([1_000, 4_000, 5_000]);
  expect(polls(new Attention(20_000, 1_000))).toEqual([1_000, 1_000, 1_000]);
});

test('who pauses is called at once', async () => {
  const attention = new Attention(3_600_000, performance.now() - 7_200_000);
  const paused = attention.pause(new AbortController().signal);
  attention.called();
  await paused;
  expect(attention.pauseMs(performance.now())).toBe(3_600_000);
});

test('a call during a look ends the next pause, once', async () => {
  const attention = new Attention(3_600_000, performance.now() - 7_200_000);
  const signal = AbortSignal.timeout(200);
  attention.called();
  await attention.pause(signal);
  expect(signal.aborted).toBe(false);
  await attention.pause(signal);
  expect(signal.aborted).toBe(true);
});
