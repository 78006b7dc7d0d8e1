import { expect, test } from 'vitest';
import { rangeCondition } from './page-range.ts';
import type { PageRange } from './page-range.ts';

const range = (from: number, to: number | null): PageRange => ({ leafOid: 1, from, to });

test('a range becomes a half-open condition on ctid and an open one has no upper end', () => {
  expect(rangeCondition(range(0, null))).toBe('true');
  expect(rangeCondition(range(0, 10))).toBe("ctid < '(10,0)'");
  expect(rangeCondition(range(10, 20))).toBe("ctid >= '(10,0)' AND ctid < '(20,0)'");
  expect(rangeCondition(range(20, null))).toBe("ctid >= '(20,0)'");
});
