import { elapsed } from '../core/time.ts';
import { CONTROL_PREFIX } from '../lake/keys.ts';
import { Attention } from '../lake/store/attention.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { storeChanges } from '../lake/store/store-changes.ts';

/**
 * Longest pause between polls of an idle lake that is watched: they find what another machine has
 * written to a shared folder.
 */
export const LONGEST_WATCHED_MS = 5_000;

/** Whether requests may have come since the last look for them. */
export class Asked {
  readonly #called: () => void;
  #may = true;

  /** `called` learns of each request at once. */
  constructor(called: () => void) {
    this.#called = called;
  }

  /** A request may have come. */
  note(): void {
    this.#may = true;
    this.#called();
  }

  /** Whether one may have come since this was last called. */
  take(): boolean {
    const may = this.#may;
    this.#may = false;
    return may;
  }

  /**
   * Notes changes of requests while the signal is not aborted, in a store that can be watched. In
   * others each look costs money.
   */
  async watch(store: ObjectStore, signal: AbortSignal): Promise<void> {
    if (store.watch === undefined) return;
    const attention = new Attention(LONGEST_WATCHED_MS, elapsed(), LONGEST_WATCHED_MS);
    for await (const _change of storeChanges(store, CONTROL_PREFIX, signal, attention)) this.note();
  }
}
