import { expect, test } from 'vitest';
import { RetryLog } from './retry-log.ts';

test('a failure that repeats is logged once at each level, then once a minute', () => {
  const log = new RetryLog();
  const said: [number, string][] = [];
  for (let second = 0; second <= 150; second += 1) {
    const level = log.failed('SOURCE_UNREACHABLE: no answer', second * 1_000);
    if (level !== null) said.push([second, level]);
  }
  expect(said).toEqual([
    [0, 'info'],
    [2, 'warn'],
    [20, 'error'],
    [80, 'error'],
    [140, 'error'],
  ]);
});

test('another failure is said at once, and one after a success begins softly again', () => {
  const log = new RetryLog();
  expect(['a', 'a', 'b', 'a'].map((text, at) => log.failed(text, at))).toEqual(['info', null, 'info', 'info']);
  expect(log.failed('a', 30_000)).toBe('error');
  log.passed();
  expect(log.failed('a', 31_000)).toBe('info');
});
