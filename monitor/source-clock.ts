import type { Time } from '../core/time.ts';

/**
 * The source's clock as it is known here: while the source is silent it goes on by our clock that
 * never steps.
 */
export class SourceClock {
  readonly #time: Time;
  #told: { readonly serverMs: number; readonly elapsedMs: number } | null = null;

  constructor(time: Time) {
    this.#time = time;
  }

  /** The source has just said what time it is, in milliseconds since 1970. */
  told(serverMs: number): void {
    this.#told = { serverMs, elapsedMs: this.#time.elapsed() };
  }

  /** Ours, until the source was heard. */
  nowMs(): number {
    return this.#told === null ? this.#time.wall() : this.#told.serverMs + this.#time.elapsed() - this.#told.elapsedMs;
  }

  /** The source's clock minus ours as it is now; 0 until the source was heard. */
  offsetMs(): number {
    return this.#told === null ? 0 : this.nowMs() - this.#time.wall();
  }
}
