import type { SnapshotLog, SnapshotPlan } from '../lake/snapshot-log.ts';
import type { KnownGeneration } from './choose-copies.ts';

/**
 * The copies that the lake has. The plan of a finished copy is read only while requests are open:
 * only then it matters whether the copy answers one.
 */
export async function knownGenerations(log: SnapshotLog, asked: boolean): Promise<KnownGeneration[]> {
  const known = await Promise.all(
    (await log.listed()).map(async ({ tableId, generation, done }): Promise<KnownGeneration | null> => {
      if (done && !asked) return { tableId, generation, done, requests: [] };
      const plan = await log.plan({ tableId, generation });
      return plan === null ? null : { tableId, generation, done, requests: answeredRequests(plan) };
    }),
  );
  return known.filter((one) => one !== null);
}

/** Versions before the field wrote each request into the reason, as `[id]`. */
function answeredRequests({ requests, reason }: SnapshotPlan): readonly string[] {
  return requests ?? [...reason.matchAll(/\[([^\]]+)\]/g)].map(([, id = '']) => id);
}
