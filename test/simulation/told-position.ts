import { formatLsn } from '../../core/lsn.ts';
import { isoTime, moment } from '../../core/time.ts';
import { ExpiryWatch, expiriesOf } from '../../compactor/expiry-watch.ts';
import { withNeeds } from '../../compactor/state/table-needs.ts';
import { tablePositions } from '../../compactor/state/table-positions.ts';
import { putPosition } from '../../lake/readers.ts';
import type { ModelState, ReaderContext } from './model-warehouse.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** For this time a position that has not changed is not written again. */
const SILENT_AT_MOST_MS = 15_000;

/**
 * Says where a warehouse is and what it needs, as compactor/position-report.ts does, and hears
 * whether it was silent for too long.
 */
export class ToldPosition {
  readonly #process: SimulatedProcess;
  readonly #state: ModelState;
  readonly #expiry: ExpiryWatch;
  #written = '';
  #writtenAtMs = Number.NEGATIVE_INFINITY;

  constructor(process: SimulatedProcess, state: ModelState, context: ReaderContext) {
    this.#process = process;
    this.#state = state;
    this.#expiry = new ExpiryWatch(context, state.warehouse.id);
  }

  async tell(): Promise<void> {
    await this.#write();
    if (await this.#expiry.look(moment(this.#process.time))) await this.#write();
  }

  async #write(): Promise<void> {
    const { front } = this.#state;
    const { store, time } = this.#process;
    const generations = this.#state.generations();
    const tables = withNeeds(tablePositions(generations, front), generations, front);
    const expiries = expiriesOf(this.#state);
    const { manifest, asOf } = front;
    const where = { warehouseId: this.#state.warehouse.id, manifest, appliedLsn: formatLsn(front.appliedLsn), asOf, tables };
    const position = { ...where, batches: [], windows: [], ...(expiries > 0 ? { expiries } : {}) };
    const text = JSON.stringify(position);
    const elapsedMs = time.elapsed();
    if (text === this.#written && elapsedMs - this.#writtenAtMs < SILENT_AT_MOST_MS) return;
    await this.#state.check();
    await putPosition(store, { ...position, at: isoTime(time.wall()) });
    this.#written = text;
    this.#writtenAtMs = elapsedMs;
  }
}
