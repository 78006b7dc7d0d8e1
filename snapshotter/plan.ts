/** A heap to copy: a table, or one leaf of a partitioned one. */
export interface Leaf {
  readonly oid: number;
  /** Quoted `schema.table`. */
  readonly table: string;
  /** File node seen by the snapshot. */
  readonly filenode: string;
  /** Pages of the heap. */
  readonly pages: number;
  /** Bytes of heap and TOAST together. */
  readonly bytes: number;
  /** False for access methods without ctid ranges: they are read in one piece. */
  readonly heap: boolean;
}

/** Pages `from` ≤ page < `to` of a leaf; `to` null is open: rows may be on pages that came after the size was read. */
export interface PageRange {
  readonly leafOid: number;
  readonly from: number;
  readonly to: number | null;
}

/**
 * Cuts each leaf into ranges of about `chunkBytes`, TOAST counted in. Every leaf has at least one range and its last one is open-ended,
 * so an empty table is one range that finds nothing.
 */
export function planRanges(leaves: readonly Leaf[], chunkBytes: number): PageRange[] {
  return leaves.flatMap((leaf) => leafRanges(leaf, chunkBytes));
}

function leafRanges(leaf: Leaf, chunkBytes: number): PageRange[] {
  if (!leaf.heap || leaf.pages === 0) return [{ leafOid: leaf.oid, from: 0, to: null }];
  const pieces = Math.max(1, Math.min(leaf.pages, Math.round(leaf.bytes / chunkBytes)));
  const ranges: PageRange[] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    const from = Math.floor((leaf.pages * piece) / pieces);
    const next = Math.floor((leaf.pages * (piece + 1)) / pieces);
    ranges.push({ leafOid: leaf.oid, from, to: piece + 1 === pieces ? null : next });
  }
  return ranges;
}

/** The range as a condition on ctid, or '' for a whole leaf (https://www.postgresql.org/docs/current/using-explain.html: Tid Range Scan, 14+). */
export function rangeCondition(range: PageRange): string {
  const bounds = [];
  if (range.from > 0) bounds.push(`ctid >= '(${range.from},0)'`);
  if (range.to !== null) bounds.push(`ctid < '(${range.to},0)'`);
  return bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`;
}
