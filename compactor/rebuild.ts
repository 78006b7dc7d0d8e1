import { qualifiedName } from '../core/table.ts';
import { isRebuildOf, putStage } from '../lake/control.ts';
import type { ControlRequest } from '../lake/control.ts';
import { beginAgain } from './begin-again.ts';
import type { CompactorContext } from './context.ts';

type RebuildContext = Pick<CompactorContext, 'engine' | 'log' | 'state' | 'store'>;

/**
 * Builds the warehouse again from the lake: every table gets new generations under another rebuild
 * number, and the old ones are read until those are live.
 */
export class Rebuild {
  readonly #context: RebuildContext;
  readonly #warehouseId: string;

  constructor(context: RebuildContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /**
   * Begins the oldest request, and answers it when none of its generations is on its way any more.
   */
  async serve(requests: readonly ControlRequest[]): Promise<void> {
    const request = requests.find((one) => isRebuildOf(one, this.#warehouseId));
    if (request === undefined) return;
    const { state, store, log } = this.#context;
    if (state.fact('rebuildRequest') !== request.id) {
      log.info({ rebuild: state.rebuild + 1 }, 'rebuild begins');
      await beginAgain(this.#context, { request: request.id, elsewhere: null });
      return;
    }
    const mine = state.generations().filter((one) => one.rebuild >= state.rebuild);
    const moving = mine.some((one) => one.state === 'copying' || one.state === 'catching-up');
    if (moving || state.fact('rebuildSeen') !== request.id) return;
    const parked = mine.filter((one) => one.state === 'parked').map((one) => qualifiedName(one.schema, one.name));
    await putStage(
      store,
      { id: request.id, stage: 'done' },
      parked.length === 0 ? { ok: true } : { ok: false, error: `parked: ${parked.join(', ')}` },
    );
  }

  /** Records that the lake was searched for copies since the rebuild began. */
  async discovered(): Promise<void> {
    const { state } = this.#context;
    const id = state.fact('rebuildRequest');
    if (id !== null && state.fact('rebuildSeen') !== id) await state.saveFact('rebuildSeen', id);
  }
}
