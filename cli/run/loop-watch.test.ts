import { expect, test } from 'vitest';
import { LoopWatch } from './loop-watch.ts';

test('a process that leaves pings without an answer is late, then hangs, each said once', () => {
  const watch = new LoopWatch();
  const found = Array.from({ length: 9 }, () => watch.ping());
  expect(found).toEqual(['well', 'well', 'late', 'well', 'well', 'well', 'hangs', 'well', 'well']);
});

test('after an answer it counts from the beginning', () => {
  const watch = new LoopWatch();
  const found = Array.from({ length: 30 }, (_, n) => {
    if (n % 2 === 0) watch.pong(0);
    return watch.ping();
  });
  expect(new Set(found)).toEqual(new Set(['well']));
});

test('a process is busy after a minute of a whole core, and not after a short burst', () => {
  const watch = new LoopWatch();
  const found = [0.95, 1, 1, 1, 0.5, 1, 1, 0.9, 1, 1, 1, 1].map((cores) => watch.pong(cores));
  expect(found).toEqual([...Array<string>(10).fill('well'), 'busy', 'well']);
});
