import { expect, test } from 'vitest';
import { nodeFlags } from './node-flags.ts';

test('a role gets a small space for young objects, unless the operator has set its size', () => {
  expect(nodeFlags('')).toEqual(['--max-semi-space-size=1']);
  expect(nodeFlags('--enable-source-maps')).toEqual(['--max-semi-space-size=1']);
  expect(nodeFlags('--max-semi-space-size=16')).toEqual([]);
  expect(nodeFlags('--max_semi_space_size=16 --enable-source-maps')).toEqual([]);
});
