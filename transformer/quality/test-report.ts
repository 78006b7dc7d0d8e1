import type { TestOutcome } from './run-tests.ts';

/** What `tailrace test` found, as its JSON. */
export interface TestReport {
  /** The position of the freeze. */
  readonly lsn: string;
  readonly passed: number;
  /** `error` tests with failing rows. */
  readonly failed: number;
  /** `warn` tests with failing rows. */
  readonly warned: number;
  readonly tests: readonly TestOutcome[];
}

/** Counts outcomes. A test that could not be told is none of the three. Pure. */
export function testReport(lsn: string, tests: readonly TestOutcome[]): TestReport {
  const failing = tests.filter(({ ok, error }) => !ok && error === null);
  return {
    lsn,
    passed: tests.filter(({ ok }) => ok).length,
    failed: failing.filter(({ severity }) => severity === 'error').length,
    warned: failing.filter(({ severity }) => severity === 'warn').length,
    tests,
  };
}

/** 0: none failed. 1: some failed. 2: none failed, but some could not be told. Pure. */
export function testExit({ failed, tests }: TestReport): 0 | 1 | 2 {
  if (failed > 0) return 1;
  return tests.some(({ error }) => error !== null) ? 2 : 0;
}
