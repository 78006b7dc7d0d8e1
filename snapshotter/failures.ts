import { isAway, TailraceError } from '../core/errors.ts';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;
/** Copies resume soon after the source answers again. */
const LONGEST_AWAY_MS = 2_000;
/**
 * A rewrite or truncate fell into the short time between consistent point and lock. The next try is
 * unlikely to meet another one.
 */
const CHANGED_DELAY_MS = 100;

/**
 * Tables whose copy failed, and when each may be tried again. The delay doubles with each failure
 * in a row, except where the table changed during the copy: a table that is truncated all the time
 * has to be tried until it is quiet for a moment.
 */
export class Failures {
  readonly #byTable = new Map<string, { count: number; againAtMs: number }>();

  /** Notes a failure and says how long the table waits, in milliseconds. */
  failed(tableId: string, nowMs: number, error: unknown): number {
    if (error instanceof TailraceError && error.code === 'TABLE_CHANGED') {
      this.#byTable.set(tableId, { count: 0, againAtMs: nowMs + CHANGED_DELAY_MS });
      return CHANGED_DELAY_MS;
    }
    const count = (this.#byTable.get(tableId)?.count ?? 0) + 1;
    const delayMs = Math.min(isAway(error) ? LONGEST_AWAY_MS : LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1));
    this.#byTable.set(tableId, { count, againAtMs: nowMs + delayMs });
    return delayMs;
  }

  succeeded(tableId: string): void {
    this.#byTable.delete(tableId);
  }

  /** Tables that still have to wait. */
  waiting(nowMs: number): string[] {
    return [...this.#byTable].filter(([, { againAtMs }]) => againAtMs > nowMs).map(([tableId]) => tableId);
  }
}
