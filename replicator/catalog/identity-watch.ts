import { elapsed } from '../../core/time.ts';
import type { IdentityState } from '../../postgres/publication/identity-state.ts';
import type { Looks } from './looks.ts';

/** Longest time that the application's own updates fail after a table lost its identity. */
const EVERY_MS = 1_000;
/** Largest share of time that the queries may take. */
const SHARE = 0.02;
/**
 * When to look again while updates fail and a lock kept the last look from helping: after this
 * time, and at least this many times the duration of that look.
 */
const AGAIN = { afterMs: 2_000, timesTheLook: 10 };

/**
 * Watches, between two looks at the catalog, for changes that make a publication refuse the
 * application's own updates: a dropped key, an altered identity, a partition without one. The next
 * look moves the table to the other publication, so it must come at once, and again if it could not
 * move the table.
 */
export class IdentityWatch {
  readonly #state: () => Promise<IdentityState>;
  readonly #everyMs: number;
  #known: IdentityState = { state: '', refuses: false };
  #begunMs = 0;
  #pauseMs = EVERY_MS;

  /** `state` reads the current state. `everyMs`: time between two regular looks. */
  constructor(state: () => Promise<IdentityState>, everyMs: number) {
    this.#state = state;
    this.#everyMs = everyMs;
  }

  /** Call it before a look: later changes are for the next look. */
  async begin(): Promise<void> {
    this.#known = await this.#ask();
    this.#begunMs = elapsed();
  }

  /**
   * Resolves when the next look is due: something changed (true), someone requested one, or the
   * time has come.
   */
  async next(looks: Looks, signal: AbortSignal): Promise<boolean> {
    const lookedMs = elapsed();
    const againMs = lookedMs + Math.max(AGAIN.afterMs, AGAIN.timesTheLook * (lookedMs - this.#begunMs));
    const untilMs = lookedMs + this.#everyMs;
    for (let leftMs = this.#everyMs; leftMs > 0; leftMs = untilMs - elapsed()) {
      await looks.next(Math.min(leftMs, this.#pauseMs), signal);
      if (signal.aborted || looks.requested || elapsed() >= untilMs) return false;
      const { state, refuses } = await this.#ask();
      if (state !== this.#known.state || (refuses && elapsed() >= againMs)) return true;
    }
    return false;
  }

  async #ask(): Promise<IdentityState> {
    const begunMs = elapsed();
    const state = await this.#state();
    this.#pauseMs = Math.max(EVERY_MS, (elapsed() - begunMs) / SHARE);
    return state;
  }
}
