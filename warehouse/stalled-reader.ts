/** A reader of an answer, and since when it has taken nothing of it. */
export interface Reading {
  /** Of a clock that never steps. */
  readonly movedAtMs: number;
}

/**
 * Pure: whose answer is ended so that others get a place, those that have stood still longest
 * first; no more than wait.
 */
export function stalledToEnd<R extends Reading>(readings: readonly R[], now: { nowMs: number; waiting: number; patienceMs: number }): R[] {
  const stalled = readings.filter(({ movedAtMs }) => now.nowMs - movedAtMs >= now.patienceMs);
  return stalled.toSorted((a, b) => a.movedAtMs - b.movedAtMs).slice(0, now.waiting);
}
