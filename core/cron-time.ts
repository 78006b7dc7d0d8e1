import { Cron } from 'croner';

/** A time by a cron pattern, in a timezone such as `UTC` or `Europe/Berlin`. */
export interface CronTime {
  readonly pattern: string;
  readonly timezone: string;
}

/**
 * Why a pattern or timezone cannot be used; null when it can. A pattern has five fields, or six
 * with seconds first, or is a name such as `@daily`.
 */
export function cronFault({ pattern, timezone }: CronTime): string | null {
  try {
    new Date(0).toLocaleString('en', { timeZone: timezone });
  } catch {
    return `unknown timezone "${timezone}"`;
  }
  const fields = pattern.trim().split(/\s+/);
  if (fields.length > 6 || (fields.length < 5 && !pattern.startsWith('@'))) return `"${pattern}" is not a cron pattern`;
  try {
    return nextTime({ pattern, timezone }, 0) === null ? `the cron pattern "${pattern}" never comes` : null;
  } catch {
    return `"${pattern}" is not a cron pattern`;
  }
}

/** The first time after `afterMs`, in milliseconds since 1970; null when none comes. */
export function nextTime({ pattern, timezone }: CronTime, afterMs: number): number | null {
  return new Cron(pattern, { timezone, paused: true }).nextRun(new Date(afterMs))?.getTime() ?? null;
}

/** After a clock was set back, times of the last minute still count. */
const SET_BACK_MS = 60_000;

/**
 * Whether a time of the pattern has come since `afterMs`, the beginning of the last run; null:
 * there was none, and the first is due at once. `nowMs` is the wall clock, which may have been set
 * back behind `afterMs`.
 */
export function hasCome(cron: CronTime, afterMs: number | null, nowMs: number): boolean {
  if (afterMs === null) return true;
  const next = nextTime(cron, afterMs > nowMs ? nowMs - SET_BACK_MS : afterMs);
  return next !== null && next <= nowMs;
}
