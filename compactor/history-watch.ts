import { TailraceError } from '../core/errors.ts';
import { isRebuildOf, openRequests } from '../lake/control.ts';
import { readEpochs } from '../lake/epoch.ts';
import type { EpochInfo } from '../lake/epoch.ts';
import { beginAgain } from './begin-again.ts';
import { historyError, isNewEpoch, requireNext } from './state/lake-history.ts';
import { frontAt, NO_FRONT, pointsOf } from './state/front.ts';
import type { Front } from './state/front.ts';
import type { CompactorContext } from './context.ts';

type HistoryContext = Pick<CompactorContext, 'engine' | 'home' | 'log' | 'manifests' | 'state' | 'store'>;

/**
 * A lake without anything new for this long is checked: the next batch may be missing. With the
 * longest pause between looks, that takes less than a minute.
 */
const LOOK_AFTER_MS = 20_000;

/** Where the warehouse continues when the lake has another history. */
interface WayOut {
  readonly epochs: readonly EpochInfo[];
  readonly request: string | null;
}

/**
 * Checks that the lake continues the history that the warehouse has applied, and switches to
 * another one when a user requested that.
 */
export class HistoryWatch {
  readonly #context: HistoryContext;
  readonly #warehouseId: string;
  #manifest = -1;
  #sinceMs = 0;

  constructor(context: HistoryContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /**
   * Called at a start. When the lake has another history, or a manifest is missing, the warehouse
   * switches to what was begun since: a new epoch (`resync --all`) or a requested rebuild. Rejects
   * with WAREHOUSE_AHEAD or LAKE_CORRUPT when nothing was begun.
   */
  async begin(): Promise<void> {
    const error = await this.#error();
    if (error === null) return this.#remember();
    const way = await this.#wayOut(error);
    if (way === null) throw error;
    const front = await this.#frontBefore(way.epochs);
    this.#context.log.warn(
      { error: error.message, from: front.manifest + 1 },
      'the warehouse goes over to the history that the lake has now',
    );
    await beginAgain(this.#context, { request: way.request, elsewhere: { front, epoch: way.epochs.at(-1)?.epoch ?? 1 } });
  }

  /** Called in every turn; checks while nothing new comes. `nowMs`: by a clock that never steps. */
  async look(nowMs: number): Promise<void> {
    const { manifest } = this.#context.state.front;
    if (manifest !== this.#manifest) {
      this.#manifest = manifest;
      this.#sinceMs = nowMs;
    }
    if (nowMs - this.#sinceMs < LOOK_AFTER_MS) return;
    this.#sinceMs = nowMs;
    const error = await this.#error();
    if (error !== null) throw error;
  }

  async #error(): Promise<TailraceError | null> {
    const { home, state, manifests } = this.#context;
    // An empty mount point is not another history.
    await home.require();
    const { front } = state;
    try {
      const manifest = front.manifest === 0 ? null : await manifests.read(front.manifest);
      const newest = manifest === null ? ((await manifests.newest(null))?.number ?? 0) : front.manifest;
      const error = historyError(front, { manifest, newest });
      if (error !== null) return error;
      requireNext(front, (await manifests.read(front.manifest + 1)) ?? undefined);
      await manifests.requireNoHole(front.manifest + 1);
      return null;
    } catch (error) {
      if (error instanceof TailraceError && ['WAREHOUSE_AHEAD', 'LAKE_CORRUPT'].includes(error.code)) return error;
      throw error;
    }
  }

  /** Completes a front that an older version saved without its history. */
  async #remember(): Promise<void> {
    const { state, manifests, store } = this.#context;
    const { front } = state;
    if (front.manifest === 0 || (front.hash !== undefined && front.points[front.epoch] !== undefined)) return;
    const manifest = await manifests.read(front.manifest);
    const known = (await readEpochs(store)).filter(({ epoch }) => epoch <= front.epoch);
    if (manifest !== null) await state.saveFront({ ...front, hash: manifest.hash, points: { ...pointsOf(known), ...front.points } });
  }

  async #wayOut(error: TailraceError): Promise<WayOut | null> {
    const { state, store } = this.#context;
    const epochs = await readEpochs(store);
    if (isNewEpoch(state.front, epochs.at(-1))) return { epochs, request: null };
    // A missing manifest stays missing, however often the lake is read again.
    if (error.code !== 'WAREHOUSE_AHEAD') return null;
    const request = (await openRequests(store, ['rebuild'])).find(
      (one) => isRebuildOf(one, this.#warehouseId) && one.id !== state.fact('rebuildRequest'),
    );
    return request === undefined ? null : { epochs, request: request.id };
  }

  /**
   * The front before the first batch of the newest epoch. What its batches say of tables without
   * windows is taken again.
   */
  async #frontBefore(epochs: readonly EpochInfo[]): Promise<Front> {
    const { manifests } = this.#context;
    const newest = epochs.at(-1) ?? { epoch: 1, consistentPoint: '0/0' };
    const last = await manifests.lastOf(newest);
    const first = await manifests.firstNotBelow(last?.number ?? 0, ({ epoch }) => epoch < newest.epoch);
    const before = first === 1 ? null : await manifests.read(first - 1);
    const points = pointsOf(epochs.slice(0, -1));
    return before === null ? { ...NO_FRONT, manifest: first - 1, epoch: newest.epoch - 1, points } : frontAt(before, points);
  }
}
