import { sql } from '../warehouse-sql/load.ts';
import type { Workshop } from './workshop.ts';

const EVERY_MS = 60_000;
/** So many rows a minute are kept at most. */
const ROWS = 200;

/** Notes in the warehouse how fresh every table is, now and then. */
export class FreshnessHistory {
  readonly #shop: Workshop;
  #notedAtMs: number;

  constructor(shop: Workshop, elapsedMs: number) {
    this.#shop = shop;
    this.#notedAtMs = elapsedMs;
  }

  async note(elapsedMs: number): Promise<void> {
    const { engine, state } = this.#shop;
    const everyMs = EVERY_MS * Math.max(1, Math.ceil(state.generations().length / ROWS));
    if (elapsedMs - this.#notedAtMs < everyMs) return;
    this.#notedAtMs = elapsedMs;
    await engine.exec(sql('note-freshness'));
  }
}
