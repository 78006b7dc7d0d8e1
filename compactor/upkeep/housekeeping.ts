import { describeError } from '../../core/errors.ts';
import type { Moment } from '../../core/time.ts';
import type { Feature } from '../../lake/format/format.ts';
import { PageKeeper } from '../../lake/retention/page-keeper.ts';
import { SmallObjects } from '../../lake/retention/small-objects.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { onShards, queryAll, sum } from '../../warehouse/cluster/shards.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { shouldCleanUp } from '../state/cleanup.ts';
import { turnQuietMerges } from './quiet-merges.ts';
import { FreshnessHistory } from './freshness-history.ts';
import { SideWork } from './side-work.ts';
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
const REPLICAS_EVERY_MS = 60_000;

/**
 * Work that can wait: phantoms and pages of the lake, tombstones of the warehouse, storages that
 * were shown until recently. It runs between windows, after the front is recorded. Only what may
 * take long runs beside them.
 */
export class Housekeeping {
  readonly #context: UpkeepContext;
  readonly #space: Space;
  readonly #history: FreshnessHistory;
  /** What goes through many objects of the lake, or asks replicas that may be cut off. */
  readonly #beside: readonly SideWork[];
  #cleanedAtMs: number;
  #lookedForMergesAtMs: number;

  constructor(context: UpkeepContext, space: Space, elapsedMs: number) {
    this.#context = context;
    this.#space = space;
    this.#history = new FreshnessHistory(context, elapsedMs);
    const askReplicas = (): Promise<void> => this.#quietly('replicas', () => space.askReplicas(context.engine));
    const replicas = new SideWork(REPLICAS_EVERY_MS, Number.NEGATIVE_INFINITY, askReplicas);
    this.#beside = [replicas, ...(context.readsOnly ? [] : this.#lakeWork(elapsedMs))];
    this.#cleanedAtMs = elapsedMs;
    this.#lookedForMergesAtMs = elapsedMs;
  }

  async run({ elapsedMs }: Moment): Promise<void> {
    await this.#quietly('retire', () => this.#context.retired.drop(this.#context.engine, elapsedMs));
    await this.#quietly('freshness history', () => this.#history.note(elapsedMs));
    await this.#quietly('space', () => this.#space.measure(this.#context.engine, elapsedMs));
    for (const work of this.#beside) work.turn(elapsedMs);
    if (elapsedMs - this.#lookedForMergesAtMs > MERGE_LOOK_EVERY_MS) {
      this.#lookedForMergesAtMs = elapsedMs;
      await this.#quietly('quiet merges', async () => void (await turnQuietMerges(this.#context.engine)));
    }
    if (elapsedMs - this.#cleanedAtMs > CLEANUP_EVERY_MS) {
      this.#cleanedAtMs = elapsedMs;
      await this.#quietly('cleanup', () => this.#cleanUp());
    }
  }

  /** The sweeper, the pages and the small objects of the lake. */
  #lakeWork(elapsedMs: number): SideWork[] {
    const { home, store, manifests, log, sweepPolicy } = this.#context;
    const { graceMs } = sweepPolicy;
    const has = async (feature: Feature): Promise<boolean> => (await home.require()).format.features.has(feature);
    // Earlier versions would take for damage what is swept by its floor.
    const sweeper = new Sweeper(store, manifests, sweepPolicy, { deletesNamed: () => has('bases') });
    const pageKeeper = new PageKeeper({ store, manifests, log, graceMs });
    const smallObjects = new SmallObjects(store, manifests);
    const sweep = async (nowMs: number): Promise<void> => {
      const { removed, bytes } = await sweeper.sweep(nowMs);
      if (removed.length > 0) log.info({ objects: removed.length, bytes }, 'objects swept');
    };
    const keepPages = async (): Promise<void> => {
      if (await has('pages')) await pageKeeper.turn();
    };
    const sweepSmall = async (): Promise<void> => {
      const swept = await smallObjects.sweep();
      if (Object.values(swept).some((removed) => removed > 0)) log.info(swept, 'small objects swept');
    };
    const begin = (what: string, everyMs: number, work: (nowMs: number) => Promise<void>): SideWork =>
      new SideWork(everyMs, elapsedMs, (nowMs) => this.#quietly(what, () => work(nowMs)));
    return [
      begin('sweep', Math.min(SWEEP_EVERY_AT_MOST_MS, graceMs / 4), sweep),
      begin('pages', Math.min(PAGES_EVERY_MS, graceMs / 4), keepPages),
      begin('small objects', SMALL_EVERY_MS, sweepSmall),
    ];
  }

  async #cleanUp(): Promise<void> {
    const { engine, state, log } = this.#context;
    for (const one of state.generations()) {
      if (one.state !== 'live' || one.identity !== 'key') continue;
      const storage = quoteCh(one.storage);
      const found = await queryAll<{ rows: string; tombstones: string }>(engine, sql('count-tombstones', { storage }));
      const facts = { state: one.state, rows: sum(found, 'rows'), tombstones: sum(found, 'tombstones') };
      if (!shouldCleanUp(facts)) continue;
      log.info({ table: one.name, ...facts }, 'tombstones are cleaned up');
      // Counted before, because a reader of changes that does not know would miss deleted rows.
      await state.save({ ...one, cleaned: (one.cleaned ?? 0) + 1 });
      await onShards(engine, (shard) => shard.exec(sql('cleanup', { storage })));
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
