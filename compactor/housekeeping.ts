import { describeError } from '../core/errors.ts';
import { Sweeper } from '../lake/sweep.ts';
import { sql } from '../warehouse-sql/load.ts';
import { quoteCh } from '../warehouse/names.ts';
import { shouldCleanUp } from './cleanup.ts';
import { FreshnessHistory } from './freshness-history.ts';
import type { Workshop } from './workshop.ts';

const SWEEP_EVERY_MS = 3_600_000;
const CLEANUP_EVERY_MS = 600_000;

/** Work that can wait: phantoms of the lake, tombstones of the warehouse, storages that were shown until lately. Runs between windows, after the front is recorded. */
export class Housekeeping {
  readonly #shop: Workshop;
  readonly #sweeper: Sweeper;
  readonly #history: FreshnessHistory;
  #sweptAt: number;
  #cleanedAt: number;

  constructor(shop: Workshop, now: number) {
    this.#shop = shop;
    this.#sweeper = new Sweeper(shop.store, shop.manifests);
    this.#history = new FreshnessHistory(shop, now);
    this.#sweptAt = now;
    this.#cleanedAt = now;
  }

  async run(now: number): Promise<void> {
    await this.#quietly('retire', () => this.#shop.retired.drop(this.#shop.engine, now));
    await this.#quietly('freshness history', () => this.#history.note(now));
    if (now - this.#sweptAt > SWEEP_EVERY_MS) {
      this.#sweptAt = now;
      await this.#quietly('sweep', async () => {
        const removed = await this.#sweeper.sweep(now);
        if (removed.length > 0) this.#shop.log.info({ objects: removed.length }, 'phantoms swept');
      });
    }
    if (now - this.#cleanedAt > CLEANUP_EVERY_MS) {
      this.#cleanedAt = now;
      await this.#quietly('cleanup', () => this.#cleanUp());
    }
  }

  async #cleanUp(): Promise<void> {
    const { engine, state, log } = this.#shop;
    for (const one of state.generations()) {
      if (one.state !== 'live' || one.identity !== 'key') continue;
      const storage = quoteCh(one.storage);
      const [found] = await engine.query<{ rows: string; tombstones: string }>(sql('count-tombstones', { storage }));
      const facts = { state: one.state, rows: Number(found?.rows ?? 0), tombstones: Number(found?.tombstones ?? 0) };
      if (!shouldCleanUp(facts)) continue;
      log.info({ table: one.name, ...facts }, 'tombstones are cleaned up');
      await engine.exec(sql('cleanup', { storage }));
    }
  }

  /** Nobody waits for it, so a failure is tried again another time. */
  async #quietly(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#shop.log.warn({ what, error: describeError(error) }, 'housekeeping failed');
    }
  }
}
