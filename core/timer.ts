/**
 * The longest time that a timer of Node supports: a longer one fires at once.
 * https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds in a form that every timer accepts: whole, never negative, and at most some 24 days.
 * After that the caller has to look again.
 */
export function timerMs(ms: number): number {
  return Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(ms)));
}

/** Aborted after the time. `AbortSignal.timeout` throws if it is not a whole number. */
export function abortAfter(ms: number): AbortSignal {
  return AbortSignal.timeout(timerMs(ms));
}
