import { describeError } from '../../core/errors.ts';
import type { Moment } from '../../core/time.ts';
import { PageKeeper } from '../../lake/retention/page-keeper.ts';
import { SmallObjects } from '../../lake/retention/small-objects.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { shouldCleanUp } from '../state/cleanup.ts';
import { turnQuietMerges } from './quiet-merges.ts';
import { FreshnessHistory } from './freshness-history.ts';
import type { Space } from './space.ts';
import type { CompactorContext } from '../context.ts';

type UpkeepContext = Pick<
  CompactorContext,
  'engine' | 'home' | 'log' | 'manifests' | 'readsOnly' | 'retired' | 'state' | 'store' | 'sweepPolicy'
>;

/** A turn of the sweeper costs a few requests until a look is due. */
const SWEEP_EVERY_AT_MOST_MS = 3_600_000;
const PAGES_EVERY_MS = 60_000;
const SMALL_EVERY_MS = 3_600_000;
const CLEANUP_EVERY_MS = 600_000;
const MERGE_LOOK_EVERY_MS = 60_000;

/**
 * Work that can wait: phantoms and pages of the lake, tombstones of the warehouse, storages that
 * were shown until recently. It runs between windows, after the front is recorded. Only what goes
 * through many objects of the lake runs beside them.
 */
export class Housekeeping {
  readonly #context: UpkeepContext;
  readonly #space: Space;
  readonly #sweeper: Sweeper;
  readonly #pageKeeper: PageKeeper;
  readonly #pagesEveryMs: number;
  readonly #smallObjects: SmallObjects;
  readonly #sweepEveryMs: number;
  readonly #history: FreshnessHistory;
  #sweptAtMs: number;
  #pagedAtMs: number;
  #tidiedAtMs: number;
  #cleanedAtMs: number;
  #lookedForMergesAtMs: number;
  #sweeping = false;
  #paging = false;
  #tidying = false;

  constructor(context: UpkeepContext, space: Space, elapsedMs: number) {
    const { home, store, manifests, log, sweepPolicy } = context;
    this.#context = context;
    this.#space = space;
    // Earlier versions would take for damage what is swept by its floor.
    const deletesNamed = async (): Promise<boolean> => (await home.require()).format.features.has('bases');
    this.#sweeper = new Sweeper(store, manifests, sweepPolicy, { deletesNamed });
    this.#sweepEveryMs = Math.min(SWEEP_EVERY_AT_MOST_MS, sweepPolicy.graceMs / 4);
    this.#pageKeeper = new PageKeeper({ store, manifests, log, graceMs: sweepPolicy.graceMs });
    this.#smallObjects = new SmallObjects(store, manifests);
    this.#pagesEveryMs = Math.min(PAGES_EVERY_MS, sweepPolicy.graceMs / 4);
    this.#history = new FreshnessHistory(context, elapsedMs);
    this.#sweptAtMs = elapsedMs;
    this.#pagedAtMs = elapsedMs;
    this.#tidiedAtMs = elapsedMs;
    this.#cleanedAtMs = elapsedMs;
    this.#lookedForMergesAtMs = elapsedMs;
  }

  async run({ elapsedMs }: Moment): Promise<void> {
    await this.#quietly('retire', () => this.#context.retired.drop(this.#context.engine, elapsedMs));
    await this.#quietly('freshness history', () => this.#history.note(elapsedMs));
    await this.#quietly('space', () => this.#space.measure(this.#context.engine, elapsedMs));
    if (!this.#context.readsOnly && !this.#sweeping && elapsedMs - this.#sweptAtMs > this.#sweepEveryMs) {
      this.#sweptAtMs = elapsedMs;
      void this.#sweep(elapsedMs);
    }
    if (!this.#context.readsOnly && !this.#paging && elapsedMs - this.#pagedAtMs > this.#pagesEveryMs) {
      this.#pagedAtMs = elapsedMs;
      void this.#keepPages();
    }
    if (!this.#context.readsOnly && !this.#tidying && elapsedMs - this.#tidiedAtMs > SMALL_EVERY_MS) {
      this.#tidiedAtMs = elapsedMs;
      void this.#sweepSmall();
    }
    if (elapsedMs - this.#lookedForMergesAtMs > MERGE_LOOK_EVERY_MS) {
      this.#lookedForMergesAtMs = elapsedMs;
      await this.#quietly('quiet merges', async () => void (await turnQuietMerges(this.#context.engine)));
    }
    if (elapsedMs - this.#cleanedAtMs > CLEANUP_EVERY_MS) {
      this.#cleanedAtMs = elapsedMs;
      await this.#quietly('cleanup', () => this.#cleanUp());
    }
  }

  async #sweep(elapsedMs: number): Promise<void> {
    this.#sweeping = true;
    await this.#quietly('sweep', async () => {
      const { removed, bytes } = await this.#sweeper.sweep(elapsedMs);
      if (removed.length > 0) this.#context.log.info({ objects: removed.length, bytes }, 'objects swept');
    });
    this.#sweeping = false;
  }

  async #keepPages(): Promise<void> {
    this.#paging = true;
    await this.#quietly('pages', async () => {
      if ((await this.#context.home.require()).format.features.has('pages')) await this.#pageKeeper.turn();
    });
    this.#paging = false;
  }

  async #sweepSmall(): Promise<void> {
    this.#tidying = true;
    await this.#quietly('small objects', async () => {
      const swept = await this.#smallObjects.sweep();
      if (Object.values(swept).some((removed) => removed > 0)) this.#context.log.info(swept, 'small objects swept');
    });
    this.#tidying = false;
  }

  async #cleanUp(): Promise<void> {
    const { engine, state, log } = this.#context;
    for (const one of state.generations()) {
      if (one.state !== 'live' || one.identity !== 'key') continue;
      const storage = quoteCh(one.storage);
      const [found] = await engine.query<{ rows: string; tombstones: string }>(sql('count-tombstones', { storage }));
      const facts = { state: one.state, rows: Number(found?.rows ?? 0), tombstones: Number(found?.tombstones ?? 0) };
      if (!shouldCleanUp(facts)) continue;
      log.info({ table: one.name, ...facts }, 'tombstones are cleaned up');
      // Counted before, because a reader of changes that does not know would miss deleted rows.
      await state.save({ ...one, cleaned: (one.cleaned ?? 0) + 1 });
      await engine.exec(sql('cleanup', { storage }));
    }
  }

  /** Nothing waits for this work, so a failure is logged and tried again later. */
  async #quietly(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#context.log.warn({ what, error: describeError(error) }, 'housekeeping failed');
    }
  }
}
