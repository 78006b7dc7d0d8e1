import { describeError } from '../../core/errors.ts';
import { elapsed } from '../../core/time.ts';
import type { TestOutcome } from './run-tests.ts';

/** Rows of one table on both sides. */
interface ReconciledTable {
  readonly table: string;
  /** null: it could not be compared, and `error` says why. */
  readonly match: boolean | null;
  readonly sourceRows: number | null;
  readonly warehouseRows: number | null;
  readonly error: string | null;
}

/**
 * Counts the rows of source and warehouse at one position. `tables`: names or globs, as in
 * `--tables`; one that fits nothing is an error.
 */
export type Reconcile = (tables: readonly string[]) => Promise<{ readonly lsn: string; readonly tables: readonly ReconciledTable[] }>;

/** The outcomes of one comparison, and the position at which it was made. */
export interface Reconciled {
  /** null: nothing was counted. */
  readonly lsn: string | null;
  readonly outcomes: readonly TestOutcome[];
}

/**
 * Runs a `@reconcile` test: an outcome for each table. `reconcile` null: there is no source.
 * A failure to count is an outcome, not an error.
 */
export async function reconcileTables(
  {
    name,
    severity,
    reconcile: tables,
  }: { readonly name: string; readonly severity: 'error' | 'warn'; readonly reconcile: readonly string[] },
  reconcile: Reconcile | null,
): Promise<Reconciled> {
  const began = elapsed();
  const outcome = (table: string, found: Pick<TestOutcome, 'ok' | 'failures' | 'sample' | 'error'>): TestOutcome => ({
    test: name,
    table,
    severity,
    ...found,
    durationMs: Math.round(elapsed() - began),
  });
  const untold = (error: string): Reconciled => ({
    lsn: null,
    outcomes: [outcome(tables.join(', '), { ok: false, failures: 0, sample: [], error })],
  });
  if (reconcile === null) return untold('the source is not known. Give --source');
  try {
    const { lsn, tables: counted } = await reconcile(tables);
    return { lsn, outcomes: counted.map((one) => outcome(one.table, compared(one))) };
  } catch (error) {
    return untold(describeError(error));
  }
}

function compared({ match, sourceRows, warehouseRows, error }: ReconciledTable): Pick<TestOutcome, 'ok' | 'failures' | 'sample' | 'error'> {
  if (match === null) return { ok: false, failures: 0, sample: [], error: error ?? 'it could not be compared' };
  if (match) return { ok: true, failures: 0, sample: [], error: null };
  const failures = Math.abs((sourceRows ?? 0) - (warehouseRows ?? 0));
  return { ok: false, failures, sample: [{ sourceRows, warehouseRows }], error: null };
}
