/**
 * Calendar texts of Arrow's counts since 1970-01-01, as Postgres prints them (ISO datestyle, BC
 * after the date). Wider than JavaScript's Date.
 */

const DAY_US = 86_400_000_000n;

/** Days → `YYYY-MM-DD`; https://howardhinnant.github.io/date_algorithms.html#civil_from_days. */
export function dateText(days: number): string {
  const { text, bc } = civil(days);
  return text + bc;
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
  const { text, bc } = civil(Number((us - ofDay) / DAY_US));
  return `${text} ${timeText(ofDay)}${zone}${bc}`;
}

/**
 * Microseconds since 1970-01-01 → ISO 8601 with microseconds, as manifests have it:
 * `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
 */
export function isoText(us: bigint): string {
  return timestampText(us).replace(' ', 'T').concat('Z');
}

function civil(days: number): { text: string; bc: string } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const shown = year > 0 ? year : 1 - year;
  return { text: `${padded(shown, 4)}-${padded(month, 2)}-${padded(day, 2)}`, bc: year > 0 ? '' : ' BC' };
}

function padded(value: number | bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}
