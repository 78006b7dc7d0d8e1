import { counts } from '../../lake/bases/counts.ts';
import { isInHistory } from '../../lake/bases/newest-base.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import type { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { CompactorContext } from '../context.ts';
import { firstBatch } from '../state/first-batch.ts';
import type { Generation } from '../state/generation.ts';
import { copyingGeneration, generationFromBase } from '../state/new-generation.ts';
import { baseTime, beginHistory } from './with-history.ts';

/**
 * The generation that fills the history of a live table from the lake, as far back as that reaches:
 * from the copy of the table, or its oldest base from which all batches are left. null: there is
 * neither. Earlier copies are of no use, as nothing leads from them to the present one.
 */
export async function lateHistory(context: CompactorContext, copies: SnapshotLog, live: Generation): Promise<Generation | null> {
  const { bases, baseProof, manifests, schemas, state, store } = context;
  const { tableId, generation } = live;
  const lives = state.generations().filter((one) => one.oid === live.oid);
  const rebuild = Math.max(state.rebuild, ...lives.map((one) => one.rebuild)) + 1;
  const floor = (await readFloors(store)).get(tableId) ?? 0;
  const plan = await copies.plan({ tableId, generation });
  const done = await copies.done({ tableId, generation });
  if (plan !== null && done !== null) {
    const begun = copyingGeneration(plan, await schemas.get(tableId, plan.schema), rebuild);
    if ((await firstBatch(context, begun)) - 1 >= floor) return beginHistory(begun, plan.createdAt);
  }
  const usable = (await bases.whole(tableId)).filter((base) => base.plan.generation === generation && counts(base, baseProof));
  for (const base of usable.toSorted((one, other) => one.plan.manifest - other.plan.manifest)) {
    if (base.plan.manifest < floor || !(await isInHistory(manifests, base.plan))) continue;
    const begun = generationFromBase(base.plan, await schemas.get(tableId, base.plan.schema), rebuild);
    return beginHistory(begun, await baseTime(context, base.plan));
  }
  return null;
}
