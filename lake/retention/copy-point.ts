import { parseLsn } from '../../core/lsn.ts';
import type { ManifestLog } from '../manifest-log.ts';

/**
 * The last manifest that has nothing for a reader of a copy: all its commits are below the
 * consistent point. `newest`: number of the newest manifest.
 */
export async function lastBelowCopy(
  log: Pick<ManifestLog, 'firstNotBelow'>,
  { epoch, consistentPoint }: { readonly epoch: number; readonly consistentPoint: string },
  newest: number,
): Promise<number> {
  const point = parseLsn(consistentPoint);
  return (await log.firstNotBelow(newest, (one) => one.epoch < epoch || (one.epoch === epoch && parseLsn(one.to) <= point))) - 1;
}
