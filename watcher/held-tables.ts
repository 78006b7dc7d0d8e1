import { randomBytes } from 'node:crypto';
import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortAfter } from '../core/timer.ts';
import { keepFreeze, takeFreeze } from '../lake/held-freeze.ts';
import type { TakenFreeze } from '../lake/held-freeze.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';

/** A freeze that nobody renews ends after this time. */
const KEPT_SECONDS = 120;
const RENEW_MS = 40_000;
/** A freeze that cannot be ended now ends by itself. */
const PATIENCE_MS = 2_000;

export interface HeldTablesOptions {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly log: Log;
  /** Called when the compactor was asked for something, so that it can be told. */
  readonly onAsked?: (() => void) | undefined;
}

/** Tables at one LSN, until `release`. */
export interface HeldTables {
  readonly frozen: TakenFreeze;
  release(): void;
}

/**
 * The freezes that watched queries read. One that no query reads any more is moved and used again;
 * one that a query still reads is never moved, because a query may look at views long after it has
 * begun.
 */
export class HeldFreezes {
  readonly #options: HeldTablesOptions;
  readonly #prefix = `tailrace_watch_${randomBytes(4).toString('hex')}`;
  readonly #free: string[] = [];
  readonly #busy = new Set<string>();
  #made = 0;

  constructor(options: HeldTablesOptions) {
    this.#options = options;
  }

  /** Freezes the tables as they are now. Throws NOT_RUNNING when no compactor lives. */
  async take(tables: readonly string[], signal: AbortSignal): Promise<HeldTables> {
    const name = this.#free.pop() ?? `${this.#prefix}_${this.#made++}`;
    this.#busy.add(name);
    const { store, warehouseId, onAsked } = this.#options;
    try {
      const frozen = await takeFreeze(store, warehouseId, { name, tables, rows: false, seconds: KEPT_SECONDS }, { signal, onAsked });
      const renewing = setInterval(() => void this.#keep(name, tables), RENEW_MS).unref();
      return {
        frozen,
        release: () => {
          clearInterval(renewing);
          this.#give(name);
        },
      };
    } catch (error) {
      this.#give(name);
      throw error;
    }
  }

  /** Ends all freezes that no query reads. */
  async end(): Promise<void> {
    await Promise.all(this.#free.splice(0).map((name) => this.#keep(name, [])));
  }

  #give(name: string): void {
    if (this.#busy.delete(name)) this.#free.push(name);
  }

  async #keep(name: string, tables: readonly string[]): Promise<void> {
    const { store, warehouseId, log, onAsked } = this.#options;
    const asking = { signal: abortAfter(PATIENCE_MS), onAsked };
    await keepFreeze(store, warehouseId, { name, tables, seconds: KEPT_SECONDS }, asking).catch((error: unknown) =>
      log.debug({ freeze: name, error: describeError(error) }, 'freeze not renewed'),
    );
  }
}
