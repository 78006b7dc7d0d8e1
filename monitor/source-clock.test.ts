import { expect, test } from 'vitest';
import { SourceClock } from './source-clock.ts';

test("the source's clock continues while the source is silent, also when ours steps", () => {
  const now = { wallMs: 1_000_000, elapsedMs: 50 };
  const clock = new SourceClock({ wall: () => now.wallMs, elapsed: () => now.elapsedMs });
  expect([clock.nowMs(), clock.offsetMs()]).toEqual([1_000_000, 0]);
  clock.set(1_005_000);
  expect([clock.nowMs(), clock.offsetMs()]).toEqual([1_005_000, 5_000]);
  now.elapsedMs += 60_000;
  now.wallMs += 60_000 - 3_600_000;
  expect([clock.nowMs(), clock.offsetMs()]).toEqual([1_065_000, 3_605_000]);
});
