import type { TableStatus } from '../../monitor/status.ts';
import { isUnpublished } from '../../monitor/table-status.ts';

/**
 * Tables by urgency: parked and not replicated, then not live yet, then by freshness as a share of
 * its target. Pure.
 */
export function worstFirst(tables: readonly TableStatus[]): TableStatus[] {
  return tables.toSorted((a, b) => rank(b) - rank(a) || share(b) - share(a) || (a.table < b.table ? -1 : 1));
}

/**
 * The worst tables that fit into this number of lines, and the line that counts the others. At
 * least one table is shown.
 */
export function worstThatFit(
  tables: readonly TableStatus[],
  lines: number,
): { readonly shown: TableStatus[]; readonly rest: string | null } {
  const sorted = worstFirst(tables);
  if (sorted.length <= lines) return { shown: sorted, rest: null };
  const shown = sorted.slice(0, Math.max(1, lines - 1));
  return { shown, rest: `${sorted.length - shown.length} more` };
}

function rank(table: TableStatus): number {
  if (table.state === 'parked' || isUnpublished(table)) return 2;
  return table.state === 'live' || table.state === 'dropped' ? 0 : 1;
}

function share({ freshnessSeconds, slaSeconds }: TableStatus): number {
  return (freshnessSeconds ?? 0) / slaSeconds;
}
