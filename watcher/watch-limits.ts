/** What one process of watches may cost. */
export interface WatchLimits {
  /** Rows of one answer. */
  readonly rows: number;
  /** Bytes of the rows of one answer, as JSON. */
  readonly bytes: number;
  /** How long one execution may take. */
  readonly seconds: number;
  /** Open connections. */
  readonly clients: number;
  /** Distinct queries at once. */
  readonly queries: number;
  /** Executions at once; the others wait. */
  readonly running: number;
}

export const WATCH_LIMITS: WatchLimits = { rows: 10_000, bytes: 4 * 1024 * 1024, seconds: 30, clients: 256, queries: 64, running: 3 };

/** How often a query without `@every` is answered at most. */
export const EVERY_MS = 1_000;
