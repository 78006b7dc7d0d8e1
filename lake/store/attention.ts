import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';

/** While something happens, and for a moment after. */
const BUSY_MS = 500;
const QUIET_AFTER_MS = 5_000;
/** Of a quiet time, after which part of it the next look comes. */
const PART = 2;

/**
 * How often a lake is looked at that cannot be watched, and where each look costs money: twice a
 * second while something happens, then ever more rarely. So what comes after a quiet time is seen
 * half of that time later at the latest, and never later than `longestMs`.
 */
export class Attention {
  readonly #longestMs: number;
  #happenedAtMs: number;
  #wake = new AbortController();

  /**
   * Begins as if something had just happened. Times are of one clock that does not jump, in
   * milliseconds.
   */
  constructor(longestMs: number, nowMs: number) {
    this.#longestMs = longestMs;
    this.#happenedAtMs = nowMs;
  }

  /** There was something to see, or something is expected. */
  happened(nowMs: number): void {
    this.#happenedAtMs = nowMs;
  }

  /**
   * Somebody says that there is something to see: who pauses looks at once. What is seen then
   * decides whether more is expected: a heartbeat is not.
   */
  called(): void {
    this.#wake.abort();
  }

  /** Resolves when it is time for the next look, or the signal is aborted. */
  async pause(signal: AbortSignal): Promise<void> {
    await abortableSleep(this.pauseMs(elapsed()), AbortSignal.any([signal, this.#wake.signal]));
    // Only here: a call that comes while nobody pauses ends the next pause before it begins.
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  /** How long until the next look. */
  pauseMs(nowMs: number): number {
    const quietMs = nowMs - this.#happenedAtMs;
    return quietMs < QUIET_AFTER_MS ? BUSY_MS : Math.min(this.#longestMs, quietMs / PART);
  }
}
