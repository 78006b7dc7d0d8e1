import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { wall } from '../core/time.ts';
import type { StageBody } from '../lake/control-stage.ts';
import { awaitStage, putStage } from '../lake/control.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { Pulse, SILENT_AFTER_MS } from '../lake/pulse.ts';
import { readPosition } from '../lake/warehouse-position.ts';
import { warehouseChoice } from './ends.ts';

/**
 * The id of the warehouse whose compactor runs; NOT_RUNNING when none does.
 * A compactor whose clock agrees with ours is believed at once; else what counts is whether its
 * position changes.
 */
export async function requireReader(store: ObjectStore, config: Pick<Config, 'warehouse'>, signal: AbortSignal): Promise<string> {
  const position = await readPosition(store, warehouseChoice(config));
  if (position !== null) {
    if (Math.abs(wall() - Date.parse(position.at)) <= SILENT_AFTER_MS) return position.warehouseId;
    if (await (await Pulse.of(store, position.warehouseId)).next(signal)) return position.warehouseId;
  }
  throw notRunning();
}

/**
 * The last stage of a request, however long it takes, while the compactor lives; NOT_RUNNING when
 * it has gone silent.
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
      if (await compactor.alive()) continue;
      // Closed, so that a compactor which starts later does not do what nobody waits for.
      await putStage(store, { id, stage: 'done' }, { ok: false, error: 'no compactor was running' });
      throw notRunning();
    }
  }
}

function notRunning(): TailraceError {
  return new TailraceError('NOT_RUNNING', 'no compactor of this warehouse is running');
}
