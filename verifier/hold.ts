import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { awaitStage, openRequests, putRequest, putStage, readStage } from '../lake/control.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import type { ObjectStore } from '../lake/object-store.ts';

export interface HoldOptions {
  readonly store: ObjectStore;
  /** Names as in reports; null: all. */
  readonly tables: readonly string[] | null;
  readonly log: Log;
  /** How long a compactor may take to answer. It looks for requests about once a second, between steps. Default 15 s. */
  readonly heldWithinMs?: number;
  readonly signal?: AbortSignal;
}

const HELD_WITHIN_MS = 15_000;
/** The compactor first applies all that is below the point. */
const CLONED_WITHIN_MS = 15 * 60_000;

/**
 * The verifier's side of a hold (lake/control-stage.ts): the compactor stands still from `open` until it got its point, and keeps its clones
 * until this is disposed of.
 */
export class Hold implements AsyncDisposable {
  readonly #options: HoldOptions;
  readonly #id: string;

  private constructor(options: HoldOptions, id: string) {
    this.#options = options;
    this.#id = id;
  }

  /** Asks, and waits until a compactor holds; behind other verifications, if there are. NOT_RUNNING when none answers. */
  static async open(options: HoldOptions): Promise<Hold> {
    const { store, log } = options;
    const id = await putRequest(store, { kind: 'verify', tables: options.tables === null ? null : [...options.tables] });
    const timeoutMs = options.heldWithinMs ?? HELD_WITHIN_MS;
    for (;;) {
      try {
        await awaitStage(store, { id, stage: 'held' }, { timeoutMs, ...signalOf(options) });
        return new Hold(options, id);
      } catch (error) {
        const timedOut = error instanceof TailraceError && error.code === 'TIMED_OUT' && options.signal?.aborted !== true;
        if (timedOut && (await anotherIsHeld(store, id))) {
          log.info('another verification is under way, waiting for it');
          continue;
        }
        // Closed, so that a compactor which starts later does not hold for nobody.
        await putStage(store, { id, stage: 'done' }, { ok: false, error: 'nobody held' });
        if (!timedOut) throw error;
        throw new TailraceError('NOT_RUNNING', `no compactor of this lake answered in ${Math.round(timeoutMs / 1000)} s`, { cause: error });
      }
    }
  }

  /** Tells up to where to apply. */
  async point(lsn: string): Promise<void> {
    await putStage(this.#options.store, { id: this.#id, stage: 'point' }, { lsn });
  }

  /** The tables as they are exactly at the point. TIMED_OUT when the compactor let go or never got there. */
  async cloned(): Promise<readonly ClonedTable[]> {
    const settled = new AbortController();
    const { signal } = this.#options;
    const limits = {
      timeoutMs: CLONED_WITHIN_MS,
      signal: signal === undefined ? settled.signal : AbortSignal.any([signal, settled.signal]),
    };
    const cloned = awaitStage(this.#options.store, { id: this.#id, stage: 'cloned' }, limits);
    const letGo = awaitStage(this.#options.store, { id: this.#id, stage: 'done' }, limits).then(({ error }) => {
      throw new TailraceError('TIMED_OUT', `the compactor let go: ${error ?? 'no reason given'}`, { hint: 'Verify again.' });
    });
    letGo.catch(() => undefined);
    try {
      const { tables } = await Promise.race([cloned, letGo]);
      return tables;
    } finally {
      cloned.catch(() => undefined);
      settled.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await putStage(this.#options.store, { id: this.#id, stage: 'release' }, {});
  }
}

async function anotherIsHeld(store: ObjectStore, id: string): Promise<boolean> {
  for (const other of await openRequests(store, ['verify'])) {
    if (other.id !== id && (await readStage(store, { id: other.id, stage: 'held' })) !== null) return true;
  }
  return false;
}

function signalOf({ signal }: HoldOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
