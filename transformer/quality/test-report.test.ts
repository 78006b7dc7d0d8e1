import { expect, test } from 'vitest';
import type { TestOutcome } from './run-tests.ts';
import { testExit, testReport } from './test-report.ts';

const base: TestOutcome = { test: 't', table: 'a.b', severity: 'error', ok: true, failures: 0, sample: [], durationMs: 1, error: null };
const failed = { ...base, ok: false, failures: 3 };
const untold = { ...base, ok: false, error: 'WAREHOUSE_QUERY: no' };

test.each<[TestOutcome[], number[], number]>([
  [[], [0, 0, 0], 0],
  [[base, { ...failed, severity: 'warn' }], [1, 0, 1], 0],
  [[base, failed, untold], [1, 1, 0], 1],
  [[base, { ...untold, severity: 'warn' }], [1, 0, 0], 2],
  [[untold], [0, 0, 0], 2],
])('%#', (tests, counts, exit) => {
  const report = testReport('0/1', tests);
  expect([report.passed, report.failed, report.warned]).toEqual(counts);
  expect(testExit(report)).toBe(exit);
});
