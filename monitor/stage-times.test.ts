import { expect, test } from 'vitest';
import type { PassedBatch } from '../lake/readers.ts';
import { stageTimes } from './stage-times.ts';

type Moments = readonly [committedMs: number, receivedMs: number, durableMs: number, begunMs: number, queryableMs: number];

function passed([committedMs, receivedMs, durableMs, begunMs, queryableMs]: Moments): PassedBatch {
  return { committedMs, receivedMs, durableMs, begunMs, queryableMs };
}

test('without batches there are no times', () => {
  expect(stageTimes([], 0)).toEqual([]);
});

test('each stage is measured from its own start, and the first by one clock', () => {
  const batches = [1, 2, 3, 4].map((n) => passed([10_000, 9_500 + 100 * n, 9_700 + 100 * n, 9_800 + 100 * n, 10_800 + 100 * n]));
  const spent = new Map(stageTimes(batches, 500).map(({ stage, p50, p99 }) => [stage, [p50, p99]]));
  expect(spent.get('commit to received')).toEqual([0.3, 0.4]);
  expect(spent.get('received to durable')).toEqual([0.2, 0.2]);
  expect(spent.get('durable to applied (waits)')).toEqual([0.1, 0.1]);
  expect(spent.get('applied to queryable')).toEqual([1, 1]);
  expect(spent.get('commit to queryable')).toEqual([1.6, 1.7]);
});

test('a clock that is off makes no time negative', () => {
  expect(stageTimes([passed([10_000, 9_000, 9_100, 9_200, 9_300])], 0)[0]).toEqual({ stage: 'commit to received', p50: 0, p95: 0, p99: 0 });
});
