import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortAfter } from '../core/timer.ts';
import { keepFreeze, takeFreeze } from '../lake/held-freeze.ts';
import type { TakenFreeze } from '../lake/held-freeze.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';

/** A freeze without a sign of life of its run ends after this time. */
const HELD_SECONDS = 180;
const RENEW_MS = 45_000;
/** Earlier images wait this long for the next run of another process. */
const LEFT_SECONDS = 6 * 3_600;

/** How long a renewal may take when this process ends. */
const LAST_MS = 5_000;

/** Where freezes are asked for. */
export interface FreezeAsker {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly signal: AbortSignal;
  /** Called when a request was put. */
  readonly onAsked?: (() => void) | undefined;
}

/** The freezes of runs that this process holds. */
export class Freezes implements AsyncDisposable {
  readonly #asker: FreezeAsker;
  readonly #log: Log;
  readonly #held = new Map<string, readonly string[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(asker: FreezeAsker, log: Log) {
    this.#asker = asker;
    this.#log = log;
    this.#timer = setInterval(() => void this.#renew(HELD_SECONDS, asker.signal), RENEW_MS);
  }

  /** Freezes these tables; null: all live ones. Errors: those of `takeFreeze`. */
  async take(name: string, tables: readonly string[] | null): Promise<TakenFreeze> {
    const taken = await takeFreeze(
      this.#asker.store,
      this.#asker.warehouseId,
      { name, tables, rows: true, seconds: HELD_SECONDS },
      this.#asker,
    );
    this.#held.set(name, taken.tables);
    return taken;
  }

  /** From now on exactly these freezes are held, with these tables; `leave` of others ends them. */
  async keepOnly(kept: ReadonlyMap<string, readonly string[]>): Promise<void> {
    for (const name of new Set([...this.#held.keys(), ...kept.keys()])) {
      const tables = kept.get(name) ?? [];
      if (tables.length === 0) this.#held.delete(name);
      else if (this.#held.get(name)?.join() === tables.join()) continue;
      else this.#held.set(name, tables);
      await this.#keep({ name, tables, seconds: HELD_SECONDS }, this.#asker.signal);
    }
  }

  /** Leaves what is held to the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#renew(LEFT_SECONDS, abortAfter(LAST_MS));
  }

  async #renew(seconds: number, signal: AbortSignal): Promise<void> {
    for (const [name, tables] of this.#held) await this.#keep({ name, tables, seconds }, signal);
  }

  /** A freeze that cannot be renewed costs the next build its earlier images, and nothing else. */
  async #keep(kept: { name: string; tables: readonly string[]; seconds: number }, signal: AbortSignal): Promise<void> {
    const { store, warehouseId, onAsked } = this.#asker;
    try {
      if (!(await keepFreeze(store, warehouseId, kept, { signal, onAsked }))) this.#held.delete(kept.name);
    } catch (error) {
      this.#log.debug({ freeze: kept.name, error: describeError(error) }, 'freeze not renewed');
    }
  }
}
