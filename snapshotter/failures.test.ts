import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { Failures } from './failures.ts';

const BUSY = new TailraceError('SOURCE_BUSY', 'locked');
const LOST = new TailraceError('SOURCE_UNREACHABLE', 'gone');

test('a table waits twice as long after each failure in a row, at most a minute', () => {
  const failures = new Failures();
  const delays = Array.from({ length: 10 }, () => failures.failed('1_1', 0, BUSY));
  expect(delays.slice(0, 3)).toEqual([500, 1000, 2000]);
  expect(delays.at(-1)).toBe(60_000);
});

test('a copy that failed because the source was away is retried within seconds', () => {
  const failures = new Failures();
  const delays = Array.from({ length: 10 }, () => failures.failed('1_1', 0, LOST));
  expect(delays.slice(0, 3)).toEqual([500, 1000, 2000]);
  expect(delays.at(-1)).toBe(2_000);
});

test('a table is held back only until its time has come or a copy succeeded', () => {
  const failures = new Failures();
  failures.failed('1_1', 1000, LOST);
  failures.failed('2_1', 1000, LOST);
  failures.succeeded('2_1');
  expect(failures.waiting(1400)).toEqual(['1_1']);
  expect(failures.waiting(1500)).toEqual([]);
  expect(failures.failed('2_1', 1000, LOST)).toBe(500);
});

test('a table that changes under every copy is tried again at once, however often', () => {
  const failures = new Failures();
  const changed = new TailraceError('TABLE_CHANGED', 'public.staging was rewritten');
  expect(Array.from({ length: 20 }, () => failures.failed('1_1', 0, changed))).toEqual(Array.from({ length: 20 }, () => 100));
});
