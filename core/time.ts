/**
 * The only place that asks what time it is. A wall clock may step at any moment, by hours, so no
 * interval is measured by it: it is for people, and to be compared with the commit times of the
 * source. Lint forbids all other clocks.
 */
export interface Time {
  /** Milliseconds since 1970-01-01 UTC. */
  wall(): number;
  /**
   * Milliseconds since some moment of this process, by a clock that never steps. Never compared
   * with another process's.
   */
  elapsed(): number;
}

/** One moment by both clocks, in milliseconds, for a decision that needs both. */
export interface Moment {
  readonly wallMs: number;
  readonly elapsedMs: number;
}

export const systemTime: Time = { wall, elapsed };

/** Milliseconds since 1970-01-01 UTC, for people and to be compared with the source's commits. */
export function wall(): number {
  return Date.now();
}

/** Milliseconds by a clock that never steps, for intervals within this process. */
export function elapsed(): number {
  return performance.now();
}

/** Now, by both clocks. */
export function moment(time: Time = systemTime): Moment {
  return { wallMs: time.wall(), elapsedMs: time.elapsed() };
}

/**
 * Milliseconds from one moment to another, by the clock that says more: one stands still while a
 * machine sleeps, the other may be set back.
 */
export function mostPassedMs(from: Moment, to: Moment): number {
  return Math.max(to.elapsedMs - from.elapsedMs, Math.abs(to.wallMs - from.wallMs));
}

/** For people: milliseconds since 1970 in ISO 8601, UTC. */
export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
