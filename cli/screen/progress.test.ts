import { expect, test } from 'vitest';
import { bytes, count, duration, table } from '../../core/figures.ts';
import { progressBar, Rate } from './progress.ts';

test('a bar shows part, figures, rate and the time left', () => {
  const text = progressBar({ label: 'orders', done: 500_000, total: 1_000_000, unit: 'rows', perSecond: 250_000 }, 10);
  expect(text).toBe('orders  █████░░░░░   50 %  500 k of 1.00 M rows  250 k/s  ETA 2.0 s');
});

test('without an estimate there is no bar and no time left', () => {
  expect(progressBar({ label: 'orders', done: 5, total: null, unit: 'rows', perSecond: null })).toBe('orders  5 rows');
});

test('more than was estimated is still no more than all', () => {
  expect(progressBar({ label: 'x', done: 12, total: 10, unit: 'rows', perSecond: 1 }, 4)).toBe('x  ████  100 %  12 of 10 rows  1.0/s');
});

test('a rate is that of the last seconds', () => {
  const rate = new Rate();
  rate.add(0, 0);
  expect(rate.perSecond()).toBeNull();
  for (let second = 1; second <= 10; second += 1) rate.add(second * 1000, second * 100);
  expect(rate.perSecond()).toBe(100);
  for (let second = 11; second <= 20; second += 1) rate.add(second * 1000, 1000);
  expect(rate.perSecond()).toBe(0);
});

test('figures are short', () => {
  expect([count(999), count(12_345), count(1_850_000)]).toEqual(['999', '12.3 k', '1.85 M']);
  expect([bytes(0), bytes(1536), bytes(64 * 2 ** 20)]).toEqual(['0 B', '1.5 KiB', '64.0 MiB']);
  expect([duration(0.42), duration(75), duration(7500), duration(100_000)]).toEqual(['0.4 s', '1 m 15 s', '2 h 5 m', '1 d 3 h']);
  expect(
    table(
      [
        ['a', 'n'],
        ['long', '5'],
      ],
      [1],
    ),
  ).toEqual(['a     n', 'long  5']);
});
