import { readDigits } from './read-bytes.ts';

const MINUS = 45;
const LETTER_I = 105;
const LETTER_C = 67;

/** Days between 1970-01-01 and 2000-01-01, where Postgres's binary dates and times begin. */
export const POSTGRES_EPOCH_DAYS = 10_957;

/**
 * A date of the proleptic Gregorian calendar → days since 1970-01-01; year 0 is 1 BC.
 * Howard Hinnant's days_from_civil, https://howardhinnant.github.io/date_algorithms.html
 */
export function daysFromDate(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** Microseconds of a day → `HH:MM:SS[.ffffff]`, without trailing zeros. */
export function printTime(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const clock = `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
  const fraction = micros % 1e6;
  return fraction === 0 ? clock : `${clock}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** 1 for `infinity`, -1 for `-infinity`, 0 for any other text. */
export function readInfinity(buf: Buffer, start: number, end: number): -1 | 0 | 1 {
  if (buf[start] === LETTER_I && end - start === 8) return 1;
  return buf[start] === MINUS && buf[start + 1] === LETTER_I && end - start === 9 ? -1 : 0;
}

/** True when the text ends in ` BC`. */
export function isBeforeChrist(buf: Buffer, start: number, end: number): boolean {
  return end - start > 10 && buf[end - 1] === LETTER_C;
}

/** Where the year ends: the first dash behind `start`, or -1. */
export function endOfYear(buf: Buffer, start: number, end: number): number {
  if (buf[start + 4] === MINUS && start + 4 < end) return start + 4;
  for (let i = start + 5; i < end && i < start + 9; i++) if (buf[i] === MINUS) return i;
  return -1;
}

/** `YYYY-MM-DD` with the year's end at `dash` → days since 1970-01-01, NaN when it is none. */
export function readDate(buf: Buffer, start: number, dash: number, beforeChrist: boolean): number {
  const year = readDigits(buf, start, dash);
  const month = readDigits(buf, dash + 1, dash + 3);
  const day = readDigits(buf, dash + 4, dash + 6);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || buf[dash + 3] !== MINUS) return Number.NaN;
  return daysFromDate(beforeChrist ? 1 - year : year, month, day);
}

/** `HH:MM:SS` at `at` → seconds of the day (24:00:00 included), NaN when it is none. */
export function readClock(buf: Buffer, at: number, end: number): number {
  if (at + 8 > end) return Number.NaN;
  const hours = readDigits(buf, at, at + 2);
  const minutes = readDigits(buf, at + 3, at + 5);
  const seconds = readDigits(buf, at + 6, at + 8);
  if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) return Number.NaN;
  return hours * 3600 + minutes * 60 + seconds;
}

/**
 * Digits from `at` on (behind the point) as microseconds; up to `digitsEnd`, at most six of them,
 * or NaN.
 */
export function readMicros(buf: Buffer, at: number, digitsEnd: number): number {
  const digits = readDigits(buf, at, digitsEnd);
  return digits < 0 || digitsEnd - at > 6 ? Number.NaN : digits * 10 ** (6 - (digitsEnd - at));
}

/** Where a run of digits that begins at `at` ends. */
export function endOfDigits(buf: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && (buf[i] as number) >= 48 && (buf[i] as number) <= 57) i++;
  return i;
}
