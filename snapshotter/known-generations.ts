import type { SnapshotLog } from '../lake/snapshot-log.ts';
import type { KnownGeneration } from './choose-copies.ts';

/**
 * What the lake has of earlier copies. Of one that is done nothing is read unless there are open
 * requests: only then it matters whether it answers one.
 */
export async function knownGenerations(log: SnapshotLog, asked: boolean): Promise<KnownGeneration[]> {
  const known = await Promise.all(
    (await log.listed()).map(async ({ tableId, generation, done }): Promise<KnownGeneration | null> => {
      if (done && !asked) return { tableId, generation, done, reason: '' };
      const plan = await log.plan({ tableId, generation });
      return plan === null ? null : { tableId, generation, done, reason: plan.reason };
    }),
  );
  return known.filter((one) => one !== null);
}
