import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { awaitStage, openRequests, putRequest, putStage, readStage } from '../lake/control.ts';
import type { ClonedTable, ComparedTable } from '../lake/control-stage.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { Pulse, SILENT_AFTER_MS } from '../lake/pulse.ts';

export interface HoldOptions {
  readonly store: ObjectStore;
  /** The warehouse whose compactor is asked; default: any that reads this lake. */
  readonly warehouseId?: string;
  /** Names as in reports; null: all. */
  readonly tables: readonly string[] | null;
  readonly log: Log;
  /** How long the clones, and the snapshot, may be kept. Default an hour. */
  readonly keepMs?: number;
  /**
   * How long a compactor may take to answer. It looks for requests between steps: about once a
   * second, and every 30 s when it is idle and its lake is on S3. Default 45 s.
   */
  readonly heldWithinMs?: number;
  /** A compactor that writes no position for this long is taken for dead. Default 60 s. */
  readonly silentAfterMs?: number;
  readonly signal?: AbortSignal;
}

const KEEP_MS = 3_600_000;
const HELD_WITHIN_MS = 45_000;

/**
 * The verifier's side of a hold (lake/control-stage.ts). The compactor stands still from `open`
 * until it has its point, and keeps its clones until this is disposed of.
 */
export class Hold implements AsyncDisposable {
  readonly #options: HoldOptions;
  readonly #id: string;
  readonly #letGo = new AbortController();
  readonly #disposed = new AbortController();
  #compared: readonly ComparedTable[] = [];

  private constructor(options: HoldOptions, id: string) {
    this.#options = options;
    this.#id = id;
    void this.#watch();
  }

  /**
   * Sends the request and waits until a compactor holds, longer than the limit while another
   * verification makes progress. NOT_RUNNING when no compactor answers.
   */
  static async open(options: HoldOptions): Promise<Hold> {
    const { store, log, warehouseId, keepMs = KEEP_MS, silentAfterMs = SILENT_AFTER_MS } = options;
    const tables = options.tables === null ? null : [...options.tables];
    const id = await putRequest(store, { kind: 'verify', tables, keepMs, ...(warehouseId === undefined ? {} : { warehouseId }) });
    const timeoutMs = options.heldWithinMs ?? HELD_WITHIN_MS;
    const compactor = await Pulse.of(store, warehouseId);
    for (;;) {
      try {
        await awaitStage(store, { id, stage: 'held' }, { timeoutMs, ...signalOf(options) });
        return new Hold(options, id);
      } catch (error) {
        const timedOut = isTimeout(error) && options.signal?.aborted !== true;
        if (timedOut && (await anotherIsMoving(store, id)) && (await compactor.alive(silentAfterMs))) {
          log.info('another verification is under way, waiting for it');
          continue;
        }
        // Closed, so that a compactor that starts later does not hold for no one.
        await putStage(store, { id, stage: 'done' }, { ok: false, error: 'nobody held' });
        if (!timedOut) throw error;
        throw new TailraceError('NOT_RUNNING', `no compactor of this warehouse answered within ${Math.round(timeoutMs / 1000)} s`, {
          cause: error,
        });
      }
    }
  }

  /** Aborted, with the reason, when the compactor has let the clones go. */
  get letGo(): AbortSignal {
    return this.#letGo.signal;
  }

  get keepMs(): number {
    return this.#options.keepMs ?? KEEP_MS;
  }

  /** Tells the compactor up to where to apply. */
  async point(lsn: string): Promise<void> {
    await putStage(this.#options.store, { id: this.#id, stage: 'point' }, { lsn });
  }

  /**
   * The tables exactly as they are at the point. TIMED_OUT when the compactor gave up, NOT_RUNNING
   * when it is dead.
   */
  async cloned(): Promise<readonly ClonedTable[]> {
    const { store, signal, warehouseId, silentAfterMs = SILENT_AFTER_MS } = this.#options;
    const end = signal === undefined ? this.letGo : AbortSignal.any([signal, this.letGo]);
    const compactor = await Pulse.of(store, warehouseId);
    for (;;) {
      try {
        const { tables } = await awaitStage(store, { id: this.#id, stage: 'cloned' }, { timeoutMs: silentAfterMs, signal: end });
        return tables;
      } catch (error) {
        if (this.letGo.aborted) throw this.letGo.reason;
        if (!isTimeout(error) || end.aborted) throw error;
      }
      if (!(await compactor.alive(silentAfterMs)))
        throw new TailraceError('NOT_RUNNING', `the compactor has not reported for ${Math.round(silentAfterMs / 1000)} s`);
    }
  }

  /** Notes tables of which every row was compared: the compactor may prove bases by that. */
  found(compared: readonly ComparedTable[]): void {
    this.#compared = compared;
  }

  /** Throws when the clones are gone, so that this is not taken for a difference. */
  async requireHeld(): Promise<void> {
    const done = await readStage(this.#options.store, { id: this.#id, stage: 'done' });
    if (done !== null) throw letGo(done.error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    const found = this.#compared.length === 0 ? {} : { compared: this.#compared };
    await putStage(this.#options.store, { id: this.#id, stage: 'release' }, found);
  }

  async #watch(): Promise<void> {
    const limits = { timeoutMs: 2 ** 31 - 1, signal: this.#disposed.signal };
    try {
      const { error } = await awaitStage(this.#options.store, { id: this.#id, stage: 'done' }, limits);
      if (!this.#disposed.signal.aborted) this.#letGo.abort(letGo(error));
    } catch {
      // The next read or write meets the same failure.
    }
  }
}

function letGo(error: string | undefined): TailraceError {
  return new TailraceError('TIMED_OUT', `the verification ended early: ${error ?? 'no reason given'}`, { hint: 'Verify again.' });
}

function isTimeout(error: unknown): boolean {
  return error instanceof TailraceError && error.code === 'TIMED_OUT';
}

/**
 * Whether another verification keeps the compactor from taking this one: it is held and does not
 * have its clones yet.
 */
async function anotherIsMoving(store: ObjectStore, id: string): Promise<boolean> {
  for (const other of await openRequests(store, ['verify'])) {
    if (other.id === id || (await readStage(store, { id: other.id, stage: 'held' })) === null) continue;
    if ((await readStage(store, { id: other.id, stage: 'cloned' })) === null) return true;
  }
  return false;
}

function signalOf({ signal }: HoldOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
