/**
 * The longest time that a timer of Node keeps: one that is to ring later rings at once.
 * https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds as every timer takes them: whole, never negative, and at most some 24 days, after
 * which whoever waits has to look again.
 */
export function timerMs(ms: number): number {
  return Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(ms)));
}

/** Aborted after the time. `AbortSignal.timeout` throws where it is no whole number. */
export function abortAfter(ms: number): AbortSignal {
  return AbortSignal.timeout(timerMs(ms));
}
