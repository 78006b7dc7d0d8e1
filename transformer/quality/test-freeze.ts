import { randomBytes } from 'node:crypto';
import { describeError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { abortAfter } from '../../core/timer.ts';
import { keepFreeze, takeFreeze } from '../../lake/held-freeze.ts';
import type { TakenFreeze } from '../../lake/held-freeze.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** Where a freeze is asked for. */
export interface TestPlace {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called when a request was put, so that the compactor can be told to look at once. */
  readonly onAsked?: (() => void) | undefined;
}

const HELD_SECONDS = 120;
const RENEW_MS = 30_000;
/** How long ending it may take. */
const LAST_MS = 5_000;

/** A freeze for tests. It is renewed until it is disposed of, and ends then. */
export class TestFreeze implements AsyncDisposable {
  readonly taken: TakenFreeze;
  readonly #place: TestPlace;
  readonly #timer: NodeJS.Timeout;

  /** `tables`: `schema.table`; null: all. Errors: those of `takeFreeze`. */
  static async take(place: TestPlace, tables: readonly string[] | null): Promise<TestFreeze> {
    const name = `tailrace_test_${randomBytes(4).toString('hex')}`;
    const taken = await takeFreeze(place.store, place.warehouseId, { name, tables, rows: false, seconds: HELD_SECONDS }, place);
    return new TestFreeze(place, taken);
  }

  private constructor(place: TestPlace, taken: TakenFreeze) {
    this.#place = place;
    this.taken = taken;
    this.#timer = setInterval(() => void this.#keep(taken.tables, place.signal), RENEW_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#keep([], abortAfter(LAST_MS));
  }

  /** A freeze that is not ended here ends by itself, and one that is gone shows in its readers. */
  async #keep(tables: readonly string[], signal: AbortSignal): Promise<void> {
    const { store, warehouseId, onAsked, log } = this.#place;
    const kept = { name: this.taken.name, tables, seconds: HELD_SECONDS };
    await keepFreeze(store, warehouseId, kept, { signal, onAsked }).catch((error: unknown) => {
      log.debug({ freeze: kept.name, error: describeError(error) }, 'freeze not renewed');
    });
  }
}
