import { bytes } from '../../core/figures.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { CheckItem } from './check-item.ts';

const PAGE_BYTES = 8192;
/**
 * Bytes per row, stored out of line and compressed. Uncompressed, its values may be several times
 * as large.
 */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * Warns of tables with rows so large that one value may not fit into the memory of an embedded
 * warehouse (docs/LIMITS.md).
 */
export function checkLargeValues({
  kind,
  partitions,
  ...table
}: Pick<CatalogTable, 'kind' | 'partitions' | 'rows' | 'toastPages'>): CheckItem[] {
  const parts = kind === 'p' ? partitions : [table];
  const perRow = Math.max(0, ...parts.map(({ rows, toastPages }) => (toastPages * PAGE_BYTES) / Math.max(1, rows)));
  if (perRow < LARGE_BYTES) return [];
  const value = `${bytes(perRow)} out of line for each row: a value above 100 MB may not fit into the memory of an embedded warehouse`;
  return [{ item: 'large values', value, verdict: 'warn', fix: null }];
}
