import { elapsed } from '../../core/time.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { dropStorage } from './storage.ts';

/** How long a query may take between reading a view and opening the table that the view names. */
const KEPT_MS = 10_000;

/**
 * Storages that no view shows any more. A reader may have read the old view a moment ago, so they
 * stay for a while. The next process drops those that this one leaves behind as orphans.
 */
export class RetiredStorages {
  #waiting: { readonly storage: string; readonly sinceMs: number }[] = [];

  add(storage: string): void {
    this.#waiting.push({ storage, sinceMs: elapsed() });
  }

  /** Drops those whose time is up. */
  async drop(engine: Engine, elapsedMs: number): Promise<void> {
    const due = this.#waiting.filter(({ sinceMs }) => elapsedMs - sinceMs >= KEPT_MS);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { storage } of due) await dropStorage(engine, storage);
  }
}
