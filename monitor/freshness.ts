import { isoTime } from '../core/time.ts';

/**
 * Seconds between a table's as-of and now, both on the source's clock. Never negative: commit times
 * are not ordered by position to the millisecond. Null while the table has no as-of, because it was
 * never live.
 */
export function freshnessSeconds(asOf: string | null, sourceNowMs: number): number | null {
  if (asOf === null) return null;
  return Math.max(0, Math.round(sourceNowMs - Date.parse(asOf)) / 1000);
}

/** The later of two times of the source, one as text and one in ms since 1970; null: unknown. */
export function laterTime(text: string | null, ms: number | null): string | null {
  if (ms === null || (text !== null && Date.parse(text) >= ms)) return text;
  return isoTime(ms);
}
