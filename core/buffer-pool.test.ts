import { expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

const LARGE = 100_000;

test('what is given back is what is taken next', () => {
  const pool = new BufferPool(1 << 20);
  const first = pool.take(LARGE);
  pool.giveBack(first);
  expect(pool.take(LARGE + 1)).toBe(first);
  expect(pool.take(LARGE)).not.toBe(first);
});

test('zeros are zeros after any earlier content', () => {
  const pool = new BufferPool(1 << 20);
  const used = pool.take(LARGE);
  new Uint8Array(used).fill(7);
  pool.giveBack(used);
  const zeroed = pool.takeZeroed(LARGE);
  expect(zeroed).toBe(used);
  expect(new Uint8Array(zeroed).every((byte) => byte === 0)).toBe(true);
});

test('a buffer given back twice is lent once', () => {
  const pool = new BufferPool(1 << 20);
  const used = pool.take(LARGE);
  pool.giveBack(used);
  pool.giveBack(used);
  expect(pool.take(LARGE)).toBe(used);
  expect(pool.take(LARGE)).not.toBe(used);
});

test('memory of others is never lent', () => {
  const pool = new BufferPool(1 << 20);
  const foreign = new ArrayBuffer(1 << 17);
  pool.giveBack(foreign);
  expect(pool.take(1 << 17)).not.toBe(foreign);
});

test('no more is kept than was said', () => {
  const pool = new BufferPool(1 << 17);
  const buffers = [pool.take(1 << 17), pool.take(1 << 17)];
  for (const buffer of buffers) pool.giveBack(buffer);
  expect(pool.take(1 << 17)).toBe(buffers[0]);
  expect(pool.take(1 << 17)).not.toBe(buffers[1]);
});
