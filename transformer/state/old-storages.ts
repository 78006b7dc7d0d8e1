import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh } from '../../warehouse/names.ts';
import type { TransformState } from './transform-state.ts';

/** A reader that has just read the text of a view opens its table within this time. */
const OLD_AFTER_MS = 60_000;

/** Drops tables of models that no record names any more. */
export class OldStorages {
  readonly #oldAfterMs: number;
  readonly #seenAtMs = new Map<string, number>();

  /** `leaves`: the process ends after one run, so what was left before that run is old enough. */
  constructor({ leaves = false }: { leaves?: boolean } = {}) {
    this.#oldAfterMs = leaves ? 0 : OLD_AFTER_MS;
  }

  /** Whether something was left long enough to be dropped, as far as it was noted. */
  hasOld(elapsedMs: number): boolean {
    return [...this.#seenAtMs.values()].some((seenAtMs) => elapsedMs - seenAtMs > this.#oldAfterMs);
  }

  /** Notes what is left. `elapsedMs`: by the clock of this process. */
  async note(engine: Pick<Engine, 'query'>, state: TransformState, elapsedMs: number): Promise<string[]> {
    const named = new Set([...state.records.values()].flatMap(({ shown }) => (shown?.storage ? [shown.storage] : [])));
    const stored = await engine.query<{ name: string }>(sql('stored-models'));
    const left = stored.map(({ name }) => name).filter((name) => !named.has(name));
    for (const name of left) if (!this.#seenAtMs.has(name)) this.#seenAtMs.set(name, elapsedMs);
    // Another process has dropped it.
    for (const name of this.#seenAtMs.keys()) if (!left.includes(name)) this.#seenAtMs.delete(name);
    return left;
  }

  /** Drops what the last run made and readers never saw, and what was replaced long enough ago. */
  async drop(engine: Pick<Engine, 'exec' | 'query'>, state: TransformState, elapsedMs: number): Promise<void> {
    for (const name of await this.note(engine, state, elapsedMs)) {
      const spentMs = elapsedMs - (this.#seenAtMs.get(name) ?? elapsedMs);
      if (spentMs <= this.#oldAfterMs && !isOfRun(name, state.run.run)) continue;
      await engine.exec(sql('drop-model-table', { storage: quoteCh(name) }));
      this.#seenAtMs.delete(name);
    }
  }
}

/** Drops what a run has built. No record may name any of it. */
export async function dropBuilt(engine: Pick<Engine, 'exec' | 'query'>, run: number): Promise<void> {
  for (const { name } of await engine.query<{ name: string }>(sql('stored-models')))
    if (isOfRun(name, run)) await engine.exec(sql('drop-model-table', { storage: quoteCh(name) }));
}

function isOfRun(storage: string, run: number): boolean {
  return storage.startsWith(`r${run}_`);
}
