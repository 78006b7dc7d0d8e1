import { TailraceError, describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortableSleep } from '../core/loop.ts';
import { RetryLog } from '../core/retry-log.ts';
import type { Time } from '../core/time.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;

/** What the patience is made from. */
export interface StorePatienceOptions {
  readonly time: Time;
  readonly log: Log;
  /** Ends the wait between tries. */
  readonly signal: AbortSignal;
}

/**
 * Repeats calls to the object store while it is unavailable, and knows for how long none has
 * succeeded. Objects are put only if absent, so every call may be repeated.
 */
export class StorePatience {
  readonly #options: StorePatienceOptions;
  #pending = 0;
  #quietSinceMs = 0;
  readonly #said = new RetryLog();

  constructor(options: StorePatienceOptions) {
    this.#options = options;
  }

  /** How long calls have been waiting without one success; 0 if none waits. */
  stalledMs(): number {
    return this.#pending === 0 ? 0 : this.#options.time.elapsed() - this.#quietSinceMs;
  }

  /**
   * Repeats a call until it succeeds, and returns its result. Rejects with any error except
   * LAKE_UNAVAILABLE, and with that once the signal is aborted.
   */
  async insist<T>(call: () => Promise<T>): Promise<T> {
    const { time, log, signal } = this.#options;
    if (this.#pending === 0) this.#quietSinceMs = time.elapsed();
    this.#pending += 1;
    try {
      for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
        try {
          const result = await call();
          this.#quietSinceMs = time.elapsed();
          this.#said.passed();
          return result;
        } catch (error) {
          if (!(error instanceof TailraceError) || error.code !== 'LAKE_UNAVAILABLE' || signal.aborted) throw error;
          const level = this.#said.failed(describeError(error), time.elapsed());
          if (level !== null) log[level]({ error: describeError(error), delayMs }, 'the lake is out of reach, trying again');
          await abortableSleep(delayMs, signal);
          if (signal.aborted) throw error;
        }
      }
    } finally {
      this.#pending -= 1;
    }
  }
}
