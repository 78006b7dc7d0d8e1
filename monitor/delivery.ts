import { describeError } from '../core/errors.ts';
import { notTaken } from './channel.ts';
import type { Log } from '../core/log.ts';
import { abortableSleep } from '../core/loop.ts';
import type { Notice } from './alert.ts';
import type { Channel } from './channel.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** The most notices that wait; older ones are dropped. */
const MOST_WAITING = 1_000;

/** The state of one channel, for the page and `/status`. */
export interface DeliveryState {
  readonly channel: string;
  readonly waiting: number;
  readonly delivered: number;
  /** Why the last attempt failed; null: it succeeded. */
  readonly failure: string | null;
}

/**
 * Delivers notices over one channel. Each is tried until the receiver takes it or refuses its
 * content. After a failure it pauses, longer each time, and tries another alert next, so no notice
 * holds up all others. Notices of one alert stay in order.
 */
export class Delivery {
  readonly #channel: Channel;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #waiting: Notice[] = [];
  #delivered = 0;
  #failure: string | null = null;
  #working: Promise<void> | null = null;

  /** After the signal, a failed notice is not tried again. */
  constructor(channel: Channel, log: Log, signal: AbortSignal) {
    this.#channel = channel;
    this.#log = log;
    this.#signal = signal;
  }

  get state(): DeliveryState {
    return { channel: this.#channel.name, waiting: this.#waiting.length, delivered: this.#delivered, failure: this.#failure };
  }

  put(notice: Notice): void {
    this.#waiting.push(notice);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  /** Resolves when nothing waits; after the signal, when the rest was tried once. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let notice = this.#waiting[0]; notice !== undefined; notice = this.#waiting[0]) {
      if (await this.#settle(notice)) {
        // It is gone from the list when too many came after it.
        const index = this.#waiting.indexOf(notice);
        if (index >= 0) this.#waiting.splice(index, 1);
        pauseMs = FIRST_PAUSE_MS;
        continue;
      }
      if (this.#signal.aborted) return;
      this.#putBehind(notice.alert.key);
      await abortableSleep(pauseMs, this.#signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Moves the notices of one alert behind the others. */
  #putBehind(key: string): void {
    const own = this.#waiting.filter(({ alert }) => alert.key === key);
    const others = this.#waiting.filter(({ alert }) => alert.key !== key);
    this.#waiting.splice(0, this.#waiting.length, ...others, ...own);
  }

  /** True when the notice need not be sent again. */
  async #settle(notice: Notice): Promise<boolean> {
    try {
      await this.#channel.send(notice);
      this.#failure = null;
      this.#delivered += 1;
      return true;
    } catch (error) {
      const failure = notTaken(error);
      this.#failure = describeError(failure);
      this.#log.warn({ channel: this.#channel.name, alert: notice.alert.kind, error: this.#failure }, 'alert not delivered');
      return failure.code === 'ALERT_REFUSED';
    }
  }
}
