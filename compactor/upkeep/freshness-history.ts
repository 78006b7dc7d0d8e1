import { sql } from '../../warehouse-sql/load.ts';
import type { CompactorContext } from '../context.ts';

const EVERY_MS = 60_000;
/** Most rows per minute. */
const ROWS = 200;

/** Records in the warehouse, at intervals, how fresh every table is. */
export class FreshnessHistory {
  readonly #context: Pick<CompactorContext, 'engine' | 'state'>;
  #notedAtMs: number;

  constructor(context: Pick<CompactorContext, 'engine' | 'state'>, elapsedMs: number) {
    this.#context = context;
    this.#notedAtMs = elapsedMs;
  }

  async note(elapsedMs: number): Promise<void> {
    const { engine, state } = this.#context;
    const everyMs = EVERY_MS * Math.max(1, Math.ceil(state.generations().length / ROWS));
    if (elapsedMs - this.#notedAtMs < everyMs) return;
    this.#notedAtMs = elapsedMs;
    await engine.exec(sql('note-freshness'));
  }
}
