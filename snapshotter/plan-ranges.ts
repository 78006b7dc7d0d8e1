import type { Leaf } from '../postgres/catalog/leaves.ts';
import type { PageRange } from '../postgres/catalog/page-range.ts';

/**
 * Cuts each leaf into ranges of about `chunkBytes`, TOAST included. Each leaf has at least one
 * range and its last one is open, so an empty table is one range without rows.
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
