import { expect, test } from 'vitest';
import { Pace } from './source-pace.ts';

test('pieces grow until a statement takes about a second, and become smaller when it takes longer', () => {
  const pace = new Pace(null);
  expect(pace.rows).toBe(2000);
  pace.read(2000, 0, 10);
  expect(pace.rows).toBe(8000);
  pace.read(8000, 10, 1010);
  expect(pace.rows).toBe(8000);
  pace.read(8000, 1010, 5010);
  expect(pace.rows).toBe(2000);
});

test('pieces that found few rows do not let the next one become large', () => {
  const pace = new Pace(null);
  for (let piece = 0; piece < 30; piece += 1) pace.read(1, piece * 10, piece * 10 + 5);
  expect(pace.rows).toBe(8000);
});

test('without a limit the source is not left alone', () => {
  expect(new Pace(null).read(1_000_000, 100, 900)).toBe(100);
});

test('over any time the source reads no more rows than the limit allows', () => {
  const pace = new Pace(10_000);
  let at = 0;
  let rows = 0;
  while (at < 60_000) {
    const piece = pace.rows;
    rows += piece;
    at = Math.max(at + 20, pace.read(piece, at, at + 20));
  }
  expect(rows / (at / 1000)).toBeLessThanOrEqual(10_001);
  expect(rows / (at / 1000)).toBeGreaterThan(9_000);
  expect(pace.rows).toBe(5000);
});

test('unused time is not saved for later', () => {
  const pace = new Pace(1000);
  expect(pace.read(500, 0, 10)).toBe(500);
  expect(pace.read(500, 60_000, 60_010)).toBe(60_500);
});
