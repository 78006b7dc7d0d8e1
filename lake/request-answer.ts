import { TailraceError } from '../core/errors.ts';
import { wall } from '../core/time.ts';
import type { StageBody } from './control-stage.ts';
import { awaitStage, putStage } from './control.ts';
import { controlKey } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';
import { Pulse, SILENT_AFTER_MS } from './pulse.ts';
import { readPosition } from './warehouse-position.ts';
import type { WarehouseChoice } from './warehouse-position.ts';

/**
 * The id of the warehouse whose compactor runs. Throws NOT_RUNNING when none does. A recent time in
 * its position proves it at once; otherwise (its clock may differ) the position has to change.
 */
export async function livingReader(store: ObjectStore, choice: WarehouseChoice, signal: AbortSignal): Promise<string> {
  const position = await readPosition(store, choice);
  if (position !== null) {
    if (Math.abs(wall() - Date.parse(position.at)) <= SILENT_AFTER_MS) return position.warehouseId;
    if (await (await Pulse.of(store, position.warehouseId)).next(signal)) return position.warehouseId;
  }
  throw notRunning();
}

/**
 * The last stage of a request, without a time limit while the compactor lives. Throws NOT_RUNNING
 * when the compactor is silent.
 */
export async function answerOf(
  store: ObjectStore,
  id: string,
  { signal, warehouseId }: { signal: AbortSignal; warehouseId: string },
): Promise<StageBody<'done'>> {
  const compactor = await Pulse.of(store, warehouseId);
  for (;;) {
    try {
      return await awaitStage(store, { id, stage: 'done' }, { timeoutMs: SILENT_AFTER_MS, signal });
    } catch (error) {
      if (signal.aborted || !(error instanceof TailraceError) || error.code !== 'TIMED_OUT') throw error;
      if ((await store.head(controlKey(id))) === null)
        throw new TailraceError('TIMED_OUT', 'the request was answered, but nobody read the answer for a week');
      if (await compactor.alive()) continue;
      // Answered, so that a compactor which starts later does not do the work.
      await putStage(store, { id, stage: 'done' }, { ok: false, error: 'no compactor was running' });
      throw notRunning();
    }
  }
}

function notRunning(): TailraceError {
  return new TailraceError('NOT_RUNNING', 'no compactor of this warehouse is running');
}
