import { elapsed } from '../../core/time.ts';
import type { IdentityState } from '../../postgres/publication/identity-state.ts';
import type { Looks } from './looks.ts';

/** So long at most the application's own updates of a table fail whose identity went. */
const EVERY_MS = 1_000;
/** Of the source's time, asking takes at most this part. */
const SHARE = 0.02;
/**
 * While updates fail and the last look could not help, as a lock was in the way; and so many times
 * as long as that look took.
 */
const AGAIN = { afterMs: 2_000, timesTheLook: 10 };

/**
 * Watches, between two looks at the catalog, what makes a publication refuse the application's own
 * updates: a key that is dropped, an identity that is altered, a partition without one. The next
 * look moves the table; it must not wait for its turn, nor the one after it where the first could
 * not.
 */
export class IdentityWatch {
  readonly #state: () => Promise<IdentityState>;
  readonly #everyMs: number;
  #known: IdentityState = { state: '', refuses: false };
  #begunMs = 0;
  #pauseMs = EVERY_MS;

  /** `everyMs`: between two looks that nobody hurries. */
  constructor(state: () => Promise<IdentityState>, everyMs: number) {
    this.#state = state;
    this.#everyMs = everyMs;
  }

  /** To be called before a look: what changes from here on is for the next one. */
  async begin(): Promise<void> {
    this.#known = await this.#ask();
    this.#begunMs = elapsed();
  }

  /**
   * Resolves when it is time for the next look: something changed, somebody asks, or the turn has
   * come.
   */
  async next(looks: Looks, signal: AbortSignal): Promise<void> {
    const lookedMs = elapsed();
    const againMs = lookedMs + Math.max(AGAIN.afterMs, AGAIN.timesTheLook * (lookedMs - this.#begunMs));
    const untilMs = lookedMs + this.#everyMs;
    for (let leftMs = this.#everyMs; leftMs > 0; leftMs = untilMs - elapsed()) {
      await looks.next(Math.min(leftMs, this.#pauseMs), signal);
      if (signal.aborted || looks.requested || elapsed() >= untilMs) return;
      const { state, refuses } = await this.#ask();
      if (state !== this.#known.state || (refuses && elapsed() >= againMs)) return;
    }
  }

  async #ask(): Promise<IdentityState> {
    const begunMs = elapsed();
    const state = await this.#state();
    this.#pauseMs = Math.max(EVERY_MS, (elapsed() - begunMs) / SHARE);
    return state;
  }
}
