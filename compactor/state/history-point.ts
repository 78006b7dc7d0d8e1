import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';

/** A point in the history of a lake: commits of earlier epochs, and those of its own below it. */
export interface HistoryPoint {
  readonly epoch: number;
  readonly lsn: Lsn;
}

/** Whether a copy or base lies at or below the point, so that it can be reached from there. */
export function isUpTo({ epoch, lsn }: HistoryPoint, of: { readonly epoch: number; readonly consistentPoint: string }): boolean {
  return of.epoch < epoch || (of.epoch === epoch && parseLsn(of.consistentPoint) <= lsn);
}
