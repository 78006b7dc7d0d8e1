const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** A process that lived this long was well: what ended it is not what ended its forerunner. */
const WELL_AFTER_MS = 60_000;

/**
 * How long to wait before a role is started again, given the wait before and how long it then
 * lived.
 */
export function restartDelayMs(previousDelayMs: number, livedMs: number): number {
  if (previousDelayMs === 0 || livedMs >= WELL_AFTER_MS) return FIRST_DELAY_MS;
  return Math.min(previousDelayMs * 2, LONGEST_DELAY_MS);
}
