import { sql } from '../warehouse-sql/load.ts';
import type { Workshop } from './workshop.ts';

const EVERY_MS = 60_000;
/** So many rows a minute are kept at most. */
const ROWS = 200;

/** Notes in the warehouse how fresh every table is, now and then. */
export class FreshnessHistory {
  readonly #shop: Workshop;
  #notedAt: number;

  constructor(shop: Workshop, now: number) {
    this.#shop = shop;
    this.#notedAt = now;
  }

  async note(now: number): Promise<void> {
    const { engine, state } = this.#shop;
    const everyMs = EVERY_MS * Math.max(1, Math.ceil(state.generations().length / ROWS));
    if (now - this.#notedAt < everyMs) return;
    this.#notedAt = now;
    await engine.exec(sql('note-freshness'));
  }
}
