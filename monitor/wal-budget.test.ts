import { expect, test } from 'vitest';
import { walBudget } from './wal-budget.ts';

const MIB = 1024 * 1024;
const health = { walKeepBytes: null, diskFreeBytes: null, longestTransaction: null, spilledBytes: null };

test.each([
  ['what was asked for', 100 * MIB, { ...health, walKeepBytes: 10 * MIB }, 100 * MIB],
  ['half of what the slot may keep', null, { ...health, walKeepBytes: 100 * MIB }, 50 * MIB],
  [
    'half of the disk, where that is less, with what is kept',
    null,
    { ...health, walKeepBytes: 100 * MIB, diskFreeBytes: 60 * MIB },
    35 * MIB,
  ],
  ['unknown', null, health, null],
  ['unknown where the source does not answer', null, null, null],
])('the budget is %s', (_what, asked, known, expected) => {
  expect(walBudget(asked, known, 10 * MIB).budgetBytes).toBe(expected);
});

test.each([
  [0, 'fine'],
  [49, 'fine'],
  [50, 'warn'],
  [75, 'alert'],
  [99, 'alert'],
  [100, 'spent'],
  [300, 'spent'],
])('%s %% of the budget is %s', (percent, level) => {
  expect(walBudget(100, health, percent)).toEqual({ budgetBytes: 100, share: percent / 100, level });
});
