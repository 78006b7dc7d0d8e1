import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh } from '../../warehouse/names.ts';
import type { TransformState } from './transform-state.ts';

/** A reader that has just read the text of a view opens its table within this time. */
const OLD_AFTER_MS = 60_000;

/** Drops tables of models that no record names any more. */
export class OldStorages {
  readonly #seenAtMs = new Map<string, number>();

  /**
   * Drops what the last run left that readers never saw, and what was replaced a minute ago or
   * more. `elapsedMs`: by the clock of this process.
   */
  async drop(engine: Pick<Engine, 'exec' | 'query'>, state: TransformState, elapsedMs: number): Promise<void> {
    const named = new Set([...state.records.values()].flatMap(({ shown }) => (shown?.storage ? [shown.storage] : [])));
    const stored = await engine.query<{ name: string }>(sql('stored-models'));
    for (const { name } of stored) {
      if (named.has(name)) continue;
      const seenAtMs = this.#seenAtMs.get(name) ?? elapsedMs;
      this.#seenAtMs.set(name, seenAtMs);
      if (elapsedMs - seenAtMs < OLD_AFTER_MS && !name.startsWith(`r${state.run.run}_`)) continue;
      await engine.exec(sql('drop-model-table', { storage: quoteCh(name) }));
      this.#seenAtMs.delete(name);
    }
  }
}
