/** A reader of an answer, and since when it has read nothing of it. */
export interface Reading {
  /** By a clock that never steps. */
  readonly movedAtMs: number;
}

/**
 * Pure: readers whose answers are ended so that others get a place, the longest stalled first; at
 * most as many as wait.
 */
export function stalledToEnd<R extends Reading>(readings: readonly R[], now: { nowMs: number; waiting: number; patienceMs: number }): R[] {
  const stalled = readings.filter(({ movedAtMs }) => now.nowMs - movedAtMs >= now.patienceMs);
  return stalled.toSorted((a, b) => a.movedAtMs - b.movedAtMs).slice(0, now.waiting);
}
