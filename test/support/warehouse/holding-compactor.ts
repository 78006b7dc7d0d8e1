import { awaitStage, openRequests, putStage } from '../../../lake/control.ts';
import type { ClonedTable } from '../../../lake/control-stage.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';
import { eventually } from '../eventually.ts';

/**
 * Serves one verification as a compactor does: `clone` is called with the point and makes the
 * clones. Resolves with the stages' end.
 */
export async function holdOnce(store: ObjectStore, clone: (lsn: string) => Promise<ClonedTable[]>): Promise<void> {
  const request = await eventually(async () => (await openRequests(store, ['verify']))[0], 'a verification');
  const { id } = request;
  await putStage(store, { id, stage: 'held' }, { at: new Date().toISOString() });
  const { lsn } = await awaitStage(store, { id, stage: 'point' }, { timeoutMs: 120_000 });
  const tables = (await clone(lsn)).filter(({ table }) => request.tables?.includes(table) ?? true);
  await putStage(store, { id, stage: 'cloned' }, { tables });
  await awaitStage(store, { id, stage: 'release' }, { timeoutMs: 120_000 });
  await putStage(store, { id, stage: 'done' }, { ok: true });
}
