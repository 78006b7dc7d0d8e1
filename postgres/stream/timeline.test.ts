import { expect, test } from 'vitest';
import { parseHistory } from './timeline.ts';

test('a history says where each earlier timeline ended', () => {
  const ends = parseHistory('1\t0/3000148\tno recovery target specified\n\n2\t1/A0\tbefore 2026-01-01\n# a comment\n');
  expect([...ends]).toEqual([
    [1, 0x3000148n],
    [2, 0x1000000a0n],
  ]);
});
