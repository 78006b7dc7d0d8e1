import { printDate } from '../core/civil-date.ts';

/**
 * Calendar texts of Arrow's counts since 1970-01-01, as Postgres prints them (ISO datestyle, BC
 * after the date). Wider than JavaScript's Date.
 */

const DAY_US = 86_400_000_000n;

/** Days → `YYYY-MM-DD`. */
export function dateText(days: number): string {
  const { date, beforeChrist } = printDate(days);
  return date + (beforeChrist ? ' BC' : '');
}

/** Microseconds of the day → `HH:MM:SS.ffffff`. */
export function timeText(us: bigint): string {
  const seconds = us / 1_000_000n;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => padded(part, 2)).join(':');
  return `${clock}.${padded(us % 1_000_000n, 6)}`;
}

/** Microseconds → `YYYY-MM-DD HH:MM:SS.ffffff`, with `zone` before a BC. */
export function timestampText(us: bigint, zone = ''): string {
  const ofDay = ((us % DAY_US) + DAY_US) % DAY_US;
  const { date, beforeChrist } = printDate(Number((us - ofDay) / DAY_US));
  return `${date} ${timeText(ofDay)}${zone}${beforeChrist ? ' BC' : ''}`;
}

/**
 * Microseconds since 1970-01-01 → ISO 8601 with microseconds, as manifests have it:
 * `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
 */
export function isoText(us: bigint): string {
  return timestampText(us).replace(' ', 'T').concat('Z');
}

function padded(value: number | bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}
