/**
 * Seconds between a table's as-of and now, both on the source's clock. Never negative: commit times
 * are not ordered by position to the millisecond. Null while the table has no as-of, because it was
 * never live.
 */
export function freshnessSeconds(asOf: string | null, sourceNowMs: number): number | null {
  if (asOf === null) return null;
  return Math.max(0, Math.round(sourceNowMs - Date.parse(asOf)) / 1000);
}
