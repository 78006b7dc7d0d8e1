import { expect, test } from 'vitest';
import { copyStatus } from './copy-status.ts';

const createdAt = '2026-01-01T00:00:00Z';
const ranges = [0, 1, 2, 3].map((from) => ({ leafOid: 1, from, to: from + 1 }));

test.each([
  ['nothing is there yet', { chunks: 0, done: false }, { share: 0, secondsLeft: null }],
  ['a quarter is there', { chunks: 1, done: false }, { share: 0.25, secondsLeft: 30 }],
  ['ranges gave more than one chunk', { chunks: 5, done: false }, { share: 1, secondsLeft: null }],
  ['all is there', { chunks: 3, done: true }, { share: 1, secondsLeft: null }],
])('how far a copy is ten seconds after its beginning when %s', (_what, facts, status) => {
  expect(copyStatus({ ...facts, plan: { table: 'public.a', epoch: 1, ranges, createdAt } }, Date.parse(createdAt) + 10_000)).toEqual(
    status,
  );
});
