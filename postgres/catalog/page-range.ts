/**
 * Pages `from` ≤ page < `to` of a leaf. `to` null: no upper end, because pages may be added after
 * the size was read.
 */
export interface PageRange {
  readonly leafOid: number;
  readonly from: number;
  readonly to: number | null;
}

/**
 * The range as a condition on ctid; `true` for a whole leaf
 * (https://www.postgresql.org/docs/current/using-explain.html: Tid Range Scan, 14+).
 */
export function rangeCondition(range: PageRange, ctid = 'ctid'): string {
  const bounds: string[] = [];
  if (range.from > 0) bounds.push(`${ctid} >= '(${range.from},0)'`);
  if (range.to !== null) bounds.push(`${ctid} < '(${range.to},0)'`);
  return bounds.join(' AND ') || 'true';
}
