import type { Log } from '../core/log.ts';
import { describeError, TailraceError } from '../core/errors.ts';
import { elapsed, isoTime, wall } from '../core/time.ts';
import { FEATURES } from '../lake/format/format.ts';
import { getPosition, putPosition } from '../lake/readers.ts';
import type { Position } from '../lake/readers.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { Lane } from '../warehouse/lane.ts';

/** A compactor that stands by takes over after a minute in which nothing was written. */
const RENEW_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 5_000;
/** Others take a process for dead that has said nothing for a minute. */
const TELL_AGAIN_MS = 20_000;

/**
 * position.json of one warehouse, as its compactor writes it: one write at a time. On a server it
 * is written again when it has not changed for a while, also inside a long window, so that a
 * compactor that stands by sees that this one works. A process that is frozen renews nothing.
 */
export class PositionFile implements Disposable {
  readonly #store: ObjectStore;
  readonly #log: Log;
  readonly #writes = new Lane(['only']);
  #timer: NodeJS.Timeout | null = null;
  #last: Position | null = null;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #held: (() => Promise<boolean>) | null = null;
  #told = { message: '', atMs: Number.NEGATIVE_INFINITY };

  constructor(store: ObjectStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Writes a position; `at` is added. */
  put(position: Omit<Position, 'at'>, wallMs: number): Promise<void> {
    return this.#writes.run(() => this.#write({ ...position, at: isoTime(wallMs) }));
  }

  /**
   * Renews what is written from now on, first what the last compactor has left. `held`: whether
   * this process still has the lease; when it has not, it renews nothing more.
   */
  async renew(warehouseId: string, held: () => Promise<boolean>, everyMs: number = LOOK_EVERY_MS): Promise<void> {
    this.#held = held;
    this.#last ??= await getPosition(this.#store, warehouseId);
    const afterMs = Math.min(RENEW_AFTER_MS, 4 * everyMs);
    this.#timer = setInterval(() => void this.#renewIfDue(afterMs, held), everyMs);
    this.#timer.unref();
  }

  /**
   * Says why nothing can be applied, beside what was written last, and ends the renewals. The time
   * of that stays as it is, so that a compactor that stands by takes over.
   */
  async tell(cause: unknown): Promise<void> {
    const { code, what: message } = cause instanceof TailraceError ? cause : { code: 'INTERNAL', what: describeError(cause) };
    this[Symbol.dispose]();
    try {
      await this.#writes.run(async () => {
        if (message === this.#told.message && elapsed() - this.#told.atMs < TELL_AGAIN_MS) return;
        if (this.#last === null || (await this.#held?.()) !== true) return;
        await putPosition(this.#store, { ...this.#last, trouble: { code, message, at: isoTime(wall()) }, knows: [...FEATURES] });
        this.#told = { message, atMs: elapsed() };
      });
    } catch (error) {
      this.#log.debug({ error: describeError(error) }, 'trouble not told');
    }
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #renewIfDue(afterMs: number, held: () => Promise<boolean>): Promise<void> {
    try {
      await this.#writes.run(async () => {
        if (this.#last === null || this.#timer === null || elapsed() - this.#writtenAtMs < afterMs) return;
        if (await held()) await this.#write({ ...this.#last, at: isoTime(wall()) });
        else this[Symbol.dispose]();
      });
    } catch (error) {
      this.#log.debug({ error: describeError(error) }, 'position not renewed');
    }
  }

  async #write(position: Position): Promise<void> {
    await putPosition(this.#store, { ...position, knows: [...FEATURES] });
    this.#last = position;
    this.#told = { message: '', atMs: Number.NEGATIVE_INFINITY };
    this.#writtenAtMs = elapsed();
  }
}
