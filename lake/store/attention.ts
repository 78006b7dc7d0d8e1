import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';

/**
 * A watch cannot see what another machine writes to a shared folder, so a watched store is also
 * polled, slowly.
 */
export const POLL_WATCHED_MS = 1_000;
/** While there is something to see, and for a moment after. */
const BUSY_MS = 500;
const QUIET_AFTER_MS = 5_000;
/** After a quiet time, the next look comes after this part of it. */
const PART = 2;

/**
 * How often to look at a lake that cannot be watched and where each look costs money. It is twice a
 * second while there is something to see, then less and less often. After a quiet time, news is
 * seen at most half that time late, and never later than `longestMs`.
 */
export class Attention {
  readonly #longestMs: number;
  readonly #longestWatchedMs: number;
  #happenedAtMs: number;
  #wake = new AbortController();

  /**
   * Begins as if there had just been something to see. Times are in milliseconds, of one clock that
   * does not jump. `longestWatchedMs`: the pause to which polls of a watched store may grow.
   */
  constructor(longestMs: number, nowMs: number, longestWatchedMs = POLL_WATCHED_MS) {
    this.#longestMs = longestMs;
    this.#longestWatchedMs = longestWatchedMs;
    this.#happenedAtMs = nowMs;
  }

  /** There was something to see, or something is expected. */
  happened(nowMs: number): void {
    this.#happenedAtMs = nowMs;
  }

  /**
   * There may be something to see: a pause ends at once. That look decides whether more is
   * expected; a heartbeat does not count.
   */
  called(): void {
    this.#wake.abort();
  }

  /**
   * Resolves when it is time for the next look, or the signal is aborted. `everyMs`: the
   * time until then, however quiet it is.
   */
  async pause(signal: AbortSignal, everyMs: number | null = null): Promise<void> {
    await abortableSleep(everyMs ?? this.pauseMs(elapsed()), AbortSignal.any([signal, this.#wake.signal]));
    // A call outside a pause ends the next pause before it begins.
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  /** How long until the next poll of a store that is watched. */
  watchedPauseMs(nowMs: number): number {
    return Math.min(this.#longestWatchedMs, Math.max(POLL_WATCHED_MS, this.pauseMs(nowMs)));
  }

  /** How long until the next look. */
  pauseMs(nowMs: number): number {
    const quietMs = nowMs - this.#happenedAtMs;
    return quietMs < QUIET_AFTER_MS ? BUSY_MS : Math.min(this.#longestMs, quietMs / PART);
  }
}
