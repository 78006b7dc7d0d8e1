import { expect, test } from 'vitest';
import { bitsOf } from './unchanged-columns.ts';

test('bits are counted from the lowest of the first byte, over all patterns', () => {
  expect([...bitsOf(['09', '0001', '80'])].toSorted((a, b) => a - b)).toEqual([0, 3, 7, 8]);
});
