import type { TestOutcome } from '../transformer/quality/run-tests.ts';
import type { VerifyReport } from '../verifier/report.ts';

/** Differing rows that are kept per table. */
const KEPT = 10;

/** A verification as rows of tailrace.quality, one per table. Pure. */
export function verifyOutcomes(report: VerifyReport, durationMs: number): TestOutcome[] {
  return report.tables.map(({ table, match, differingKeys, differences, error }) => ({
    test: 'verify',
    table,
    severity: 'error',
    ok: match === true,
    failures: match === false ? differingKeys.length : 0,
    sample: differences.slice(0, KEPT).map(({ key, side, columns }) => ({ key, side, columns })),
    durationMs: Math.round(durationMs),
    error,
  }));
}
