import { expect, test } from 'vitest';
import { restartDelayMs } from './restart.ts';

test('a role that keeps dying is restarted less and less often', () => {
  const delays = [0];
  for (let death = 0; death < 10; death += 1) delays.push(restartDelayMs(delays.at(-1) ?? 0, 10));
  expect(delays.slice(1)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a role that lived long is restarted at once', () => {
  expect(restartDelayMs(30_000, 60_000)).toBe(250);
});
