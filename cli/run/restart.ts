const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** A process that lived this long was healthy, so the cause of its end is a new one. */
const WELL_AFTER_MS = 60_000;

/** The delay before a role is restarted, from the previous delay and how long the role lived. */
export function restartDelayMs(previousDelayMs: number, livedMs: number): number {
  if (previousDelayMs === 0 || livedMs >= WELL_AFTER_MS) return FIRST_DELAY_MS;
  return Math.min(previousDelayMs * 2, LONGEST_DELAY_MS);
}
