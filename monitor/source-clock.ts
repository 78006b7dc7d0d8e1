import type { Time } from '../core/time.ts';

/**
 * The source's clock as it is known here. While the source is silent, it continues by our clock
 * that never steps.
 */
export class SourceClock {
  readonly #time: Time;
  #last: { readonly serverMs: number; readonly elapsedMs: number } | null = null;

  constructor(time: Time) {
    this.#time = time;
  }

  /** The source has just reported its time, in milliseconds since 1970. */
  set(serverMs: number): void {
    this.#last = { serverMs, elapsedMs: this.#time.elapsed() };
  }

  /** The wall clock of this machine until the source has answered once. */
  nowMs(): number {
    return this.#last === null ? this.#time.wall() : this.#last.serverMs + this.#time.elapsed() - this.#last.elapsedMs;
  }

  /** The source's clock minus ours; 0 until the source has answered once. */
  offsetMs(): number {
    return this.#last === null ? 0 : this.nowMs() - this.#time.wall();
  }
}
