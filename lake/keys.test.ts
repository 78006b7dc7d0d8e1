import { expect, test } from 'vitest';
import {
  SWEEP_CLOCK_KEY,
  chunkDataKey,
  chunkKey,
  controlKey,
  dataKey,
  doneKey,
  manifestKey,
  manifestNumber,
  parseControlKey,
  parseDataKey,
  parseSnapshotKey,
  planKey,
  positionKey,
  sweepKey,
  sweepNumber,
} from './keys.ts';

const generation = { tableId: '16384_1', generation: 12 };

test('the order of manifest keys is the order of their numbers', () => {
  const numbers = [1, 9, 10, 99, 100, 123_456_789, Number.MAX_SAFE_INTEGER];
  expect(numbers.map(manifestKey).toSorted()).toEqual(numbers.map(manifestKey));
  expect(numbers.map((number) => manifestNumber(manifestKey(number)))).toEqual(numbers);
  expect(manifestNumber('stream/1.json')).toBeNull();
});

test('keys of a copy are read back as what they are', () => {
  expect(parseSnapshotKey(planKey(generation))).toEqual({ ...generation, kind: 'plan' });
  expect(parseSnapshotKey(doneKey(generation))).toEqual({ ...generation, kind: 'done' });
  expect(parseSnapshotKey(chunkKey(generation, 7))).toEqual({ ...generation, kind: 'chunk', n: 7 });
  expect(parseSnapshotKey(chunkKey(generation, 1_234_567))).toEqual({ ...generation, kind: 'chunk', n: 1_234_567 });
  expect(parseSnapshotKey(chunkDataKey(generation, 'ab', 3))).toEqual({ ...generation, kind: 'data' });
  expect(parseSnapshotKey('snapshot/1_1/2/base-0.native')).toBeNull();
});

test('a data object tells its writer and number, nothing else has them', () => {
  expect(parseDataKey(dataKey('16384_1', '0123abcd', 5))).toEqual({ writer: '0123abcd', seq: 5 });
  expect(parseDataKey(chunkDataKey(generation, 'ab', 3))).toEqual({ writer: 'ab', seq: 3 });
  for (const key of [manifestKey(1), planKey(generation), positionKey('w'), 'data/x', 'lake.json']) expect(parseDataKey(key)).toBeNull();
});

test('the looks of the sweeper are numbered, its clock is none of them', () => {
  expect(sweepNumber(sweepKey(12))).toBe(12);
  expect(sweepNumber(SWEEP_CLOCK_KEY)).toBeNull();
});

test('a request and its stages are told apart', () => {
  expect(parseControlKey(controlKey('abc-1'))).toEqual({ id: 'abc-1', stage: null });
  expect(parseControlKey(controlKey('abc-1', 'done'))).toEqual({ id: 'abc-1', stage: 'done' });
  expect(parseControlKey('control/x/y.json')).toBeNull();
});
