import type { BasePlan } from '../../lake/bases/base-log.ts';
import { lastBelowCopy } from '../../lake/retention/copy-point.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { CompactorContext } from '../context.ts';

/**
 * Whether what the proof of a base by a rebuild begins with is there: nothing of it may have been
 * swept. `floors`: where several bases are judged at one moment.
 */
export async function canProve(
  { bases, manifests, store }: Pick<CompactorContext, 'bases' | 'manifests' | 'store'>,
  { tableId, generation, from, manifest }: BasePlan,
  floors?: ReadonlyMap<string, number>,
): Promise<boolean> {
  const floor = (floors ?? (await readFloors(store))).get(tableId) ?? 0;
  if (from !== null) return ((await bases.read({ tableId, n: from }))?.plan.manifest ?? -1) >= floor;
  const copy = await new SnapshotLog(store).plan({ tableId, generation });
  return copy !== null && (await lastBelowCopy(manifests, copy, manifest)) >= floor;
}
