import { expect, test } from 'vitest';
import { NO_FRONT } from './front.ts';
import { position, standing } from './position.ts';
import type { Position } from './position.ts';

const FRONT = { ...NO_FRONT, manifest: 5, lsn: 50n };

test.each<[string, string, Position, Position]>([
  ['a live generation behind the front is at the front', 'live', { manifest: 3, files: 2, lsn: 10n }, { manifest: 5, files: 0, lsn: 50n }],
  ['one that has files of the next batch keeps them', 'live', { manifest: 5, files: 2, lsn: 60n }, { manifest: 5, files: 2, lsn: 60n }],
  ['one beyond the front keeps its position', 'live', { manifest: 6, files: 0, lsn: 10n }, { manifest: 6, files: 0, lsn: 10n }],
  ['one that is not live keeps its position', 'parked', { manifest: 3, files: 2, lsn: 10n }, { manifest: 3, files: 2, lsn: 10n }],
])('%s', (_what, state, stored, expected) => {
  expect(standing({ state, position: stored }, FRONT)).toEqual(expected);
});

test('a position is stored as text and is a number in memory', () => {
  expect(position.parse({ manifest: 1, files: 0, lsn: '1/FF' })).toEqual({ manifest: 1, files: 0, lsn: 0x1_0000_00ffn });
  expect(position.encode({ manifest: 1, files: 0, lsn: 0x1_0000_00ffn })).toEqual({ manifest: 1, files: 0, lsn: '1/FF' });
  expect(position.safeParse({ manifest: 1, files: 0, lsn: 'x' }).success).toBe(false);
});
