import { elapsed } from '../core/time.ts';
import type { AskedLooks } from './asked-looks.ts';

/** So long at most the application's own updates of a table fail whose identity went. */
const EVERY_MS = 1_000;
/** Of the source's time, asking takes at most this part. */
const SHARE = 0.02;

/**
 * Watches, between two looks at the catalog, what makes a publication refuse the application's own updates: a key that is dropped, an identity that is
 * altered, a partition without one. The next look moves the table; it must not wait for its turn.
 */
export class IdentityWatch {
  readonly #state: () => Promise<string>;
  readonly #everyMs: number;
  #known = '';
  #pauseMs = EVERY_MS;

  /** `state`: a text that changes with what is watched. `everyMs`: between two looks that nobody hurries. */
  constructor(state: () => Promise<string>, everyMs: number) {
    this.#state = state;
    this.#everyMs = everyMs;
  }

  /** To be called before a look: what changes from here on is for the next one. */
  async begin(): Promise<void> {
    this.#known = await this.#ask();
  }

  /** Resolves when it is time for the next look: something changed, somebody asks, or the turn has come. */
  async next(asked: AskedLooks, signal: AbortSignal): Promise<void> {
    const untilMs = elapsed() + this.#everyMs;
    for (let leftMs = this.#everyMs; leftMs > 0; leftMs = untilMs - elapsed()) {
      await asked.next(Math.min(leftMs, this.#pauseMs), signal);
      if (signal.aborted || asked.waiting || elapsed() >= untilMs) return;
      if ((await this.#ask()) !== this.#known) return;
    }
  }

  async #ask(): Promise<string> {
    const begunMs = elapsed();
    const state = await this.#state();
    this.#pauseMs = Math.max(EVERY_MS, (elapsed() - begunMs) / SHARE);
    return state;
  }
}
