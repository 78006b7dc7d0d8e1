import { abortableSleep } from '../core/loop.ts';
import { elapsed } from '../core/time.ts';
import type { ObjectStore } from './store/object-store.ts';
import { getPositions } from './readers.ts';

/** A compactor that works writes its position far more often than this. */
export const SILENT_AFTER_MS = 60_000;

const LOOK_EVERY_MS = 1_000;

/**
 * Whether a compactor works: then its position keeps changing. The clock of another process may be
 * wrong or step, so the time at which this process saw a change counts.
 */
export class Pulse {
  readonly #read: () => Promise<string>;
  #heard: string;
  #heardAtMs = elapsed();

  private constructor(read: () => Promise<string>, heard: string) {
    this.#read = read;
    this.#heard = heard;
  }

  /**
   * Watches the compactor of one warehouse, or any compactor without `warehouseId`. It counts as
   * seen just now.
   */
  static async of(store: ObjectStore, warehouseId?: string): Promise<Pulse> {
    const read = async (): Promise<string> => {
      const positions = await getPositions(store);
      const ours = positions.filter((one) => warehouseId === undefined || one.warehouseId === warehouseId);
      return ours
        .map((one) => `${one.warehouseId} ${one.at}`)
        .toSorted()
        .join(' ');
    };
    return new Pulse(read, await read());
  }

  /** Reads the position, and says whether it changed within the time. */
  async alive(silentAfterMs: number = SILENT_AFTER_MS): Promise<boolean> {
    const now = await this.#read();
    if (now !== this.#heard) [this.#heard, this.#heardAtMs] = [now, elapsed()];
    return elapsed() - this.#heardAtMs < silentAfterMs;
  }

  /** Waits for the next change. False when none comes within the time, or the signal is aborted. */
  async next(signal: AbortSignal, withinMs: number = SILENT_AFTER_MS): Promise<boolean> {
    const heard = this.#heard;
    for (const until = elapsed() + withinMs; elapsed() < until && !signal.aborted; await abortableSleep(LOOK_EVERY_MS, signal)) {
      await this.alive();
      if (this.#heard !== heard) return true;
    }
    return false;
  }
}
