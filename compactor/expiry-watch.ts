import { mostPassedMs } from '../core/time.ts';
import type { Moment } from '../core/time.ts';
import { newestExpiry } from '../lake/readers.ts';
import { beginAgain } from './begin-again.ts';
import type { CompactorContext } from './context.ts';
import type { WarehouseState } from './state/warehouse-state.ts';

type ExpiryContext = Pick<CompactorContext, 'engine' | 'log' | 'readsOnly' | 'state' | 'store'>;

const LOOK_EVERY_MS = 10 * 60_000;

/** The fact with the number of the last expiry. */
const SEEN = 'expiries';

/** How many expiries the warehouse has begun again after. */
export function expiriesOf(state: Pick<WarehouseState, 'fact'>): number {
  return Number(state.fact(SEEN) ?? 0);
}

/**
 * Finds out that this warehouse was without news for too long, as after a machine was suspended:
 * what only it needs is no longer kept. Then all tables begin again at their bases, and stay
 * readable until those are live.
 */
export class ExpiryWatch {
  readonly #context: ExpiryContext;
  readonly #warehouseId: string;
  #looked: Moment | null = null;

  constructor(context: ExpiryContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /**
   * Called after each position that was written: an expiry that comes later respects that position.
   * True when the warehouse begins again, and the next position says so.
   */
  async look(now: Moment): Promise<boolean> {
    const { engine, log, readsOnly, state, store } = this.#context;
    if (readsOnly || (this.#looked !== null && mostPassedMs(this.#looked, now) < LOOK_EVERY_MS)) return false;
    const known = expiriesOf(state);
    const newest = await newestExpiry(store, this.#warehouseId, known);
    this.#looked = now;
    if (newest === known) return false;
    log.warn({ expiries: newest }, 'the warehouse was without news for too long, and begins again at the bases of the lake');
    await beginAgain({ engine, state }, { request: null, elsewhere: null });
    // It is saved last: until then, all of this is done again.
    await state.saveFact(SEEN, String(newest));
    return true;
  }
}
