import { randomBytes } from 'node:crypto';
import { describeError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import { isoTime, wall } from '../../core/time.ts';
import { FEATURES } from '../format/format.ts';
import { positionKey } from '../keys.ts';
import { TAP_PREFIX, putPosition } from '../readers.ts';
import type { TablePosition } from '../readers.ts';
import type { ObjectStore } from '../store/object-store.ts';

const EVERY_MS = { directory: 15_000, memory: 15_000, s3: 30_000 };

/** What a tap still needs. */
export interface TapNeeds {
  /** Everything up to this batch has come out. */
  readonly manifest: number;
  readonly lsn: string;
  readonly tables: readonly Pick<TablePosition, 'table' | 'tableId' | 'generation' | 'needs'>[];
}

/**
 * A tap as a reader of the lake: while it runs, nothing that it needs is swept. It is gone once the
 * tap ends in order. One that dies is silent, and expires as a warehouse does.
 */
export class TapReader implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #id = `${TAP_PREFIX}${randomBytes(8).toString('hex')}`;
  readonly #log: Log;
  readonly #needs: () => TapNeeds;
  readonly #ended = new AbortController();
  #beats: Promise<void> = Promise.resolve();

  /** `needs` is asked again for each report. */
  private constructor(store: ObjectStore, log: Log, needs: () => TapNeeds) {
    this.#store = store;
    this.#log = log;
    this.#needs = needs;
  }

  /** Registered when it resolves: floors that are read from now on respect it. */
  static async open(store: ObjectStore, log: Log, needs: () => TapNeeds): Promise<TapReader> {
    const reader = new TapReader(store, log, needs);
    await reader.report();
    reader.#beats = reader.#beat();
    return reader;
  }

  async report(): Promise<void> {
    const { manifest, lsn, tables } = this.#needs();
    await putPosition(this.#store, {
      warehouseId: this.#id,
      manifest,
      appliedLsn: lsn,
      asOf: null,
      at: isoTime(wall()),
      tables: tables.map((table) => ({ ...table, state: 'live', appliedLsn: lsn, asOf: null, appendOnly: false, error: null })),
      batches: [],
      windows: [],
      knows: [...FEATURES],
    });
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      await abortableSleep(EVERY_MS[this.#store.location.kind], signal);
      if (signal.aborted) return;
      await this.report().catch((error: unknown) => {
        this.#log.warn({ error: describeError(error) }, 'the tap could not say how far it is');
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#beats;
    await this.#store.delete(positionKey(this.#id));
  }
}
