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
  readonly #keptSeconds: number;
  /** Settles when the compactor has answered all that it was told. */
  #told: Promise<void> = Promise.resolve();

  /** `leaves`: this process ends after one run, and leaves what is kept to the next one. */
  constructor(asker: FreezeAsker, log: Log, { leaves = false }: { leaves?: boolean } = {}) {
    this.#asker = asker;
    this.#log = log;
    this.#keptSeconds = leaves ? LEFT_SECONDS : HELD_SECONDS;
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

  /** Holds a freeze of an earlier process until `keepOnly` says whether it is still needed. */
  takeOver(name: string | null): void {
    if (name !== null && !this.#held.has(name)) this.#held.set(name, []);
  }

  /**
   * From now on exactly these freezes are held, with these tables; all others end. The compactor is
   * told in the background, because no later run waits for its answer.
   */
  keepOnly(kept: ReadonlyMap<string, readonly string[]>): void {
    const names = [...new Set([...this.#held.keys(), ...kept.keys()])];
    const changed = names.filter((name) => this.#keptSeconds === LEFT_SECONDS || this.#held.get(name)?.join() !== kept.get(name)?.join());
    for (const name of changed) {
      const tables = kept.get(name) ?? [];
      if (tables.length === 0) this.#held.delete(name);
      else this.#held.set(name, tables);
    }
    const tell = (): Promise<unknown> =>
      Promise.all(
        changed.map((name) => this.#keep({ name, tables: kept.get(name) ?? [], seconds: this.#keptSeconds }, this.#asker.signal)),
      );
    this.#told = this.#told.then(async () => void (await tell()));
  }

  /** Leaves what is held to the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#told;
    if (this.#keptSeconds !== LEFT_SECONDS) await this.#renew(LEFT_SECONDS, abortAfter(LAST_MS));
  }

  async #renew(seconds: number, signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#held].map(([name, tables]) => this.#keep({ name, tables, seconds }, signal)));
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
