import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../warehouse/engine.ts';

const EVERY_MS = 1000;

/**
 * Rows that merges have written in the storages of tables: those of every part that holds more
 * than one block of an insert. A part that is replaced stays listed for minutes, so none is missed.
 */
export class MergedRows {
  readonly #warehouse: Engine;
  /** By table, the names of its storages. */
  readonly #storages: ReadonlyMap<string, readonly string[]>;
  /** By storage and part. */
  readonly #parts = new Map<string, { readonly storage: string; readonly rows: number }>();

  private constructor(warehouse: Engine, storages: ReadonlyMap<string, readonly string[]>) {
    this.#warehouse = warehouse;
    this.#storages = storages;
  }

  /** `tables`: of schema public. */
  static async open(warehouse: Engine, tables: readonly string[]): Promise<MergedRows> {
    const storages = new Map<string, string[]>();
    for (const table of tables) {
      const found = await warehouse.query<{ storage: string }>(
        `SELECT DISTINCT arrayJoin(extractAll(create_table_query, 't[0-9]+_[0-9]+_g[0-9]+[a-z_]*')) AS storage FROM system.tables WHERE database = 'public' AND name = '${table}'`,
      );
      storages.set(
        table,
        found.map(({ storage }) => storage),
      );
    }
    const merged = new MergedRows(warehouse, storages);
    await merged.look();
    return merged;
  }

  /** Looks every second for some seconds. */
  async watch(seconds: number): Promise<void> {
    for (const until = performance.now() + seconds * 1000; performance.now() < until; await sleep(EVERY_MS)) await this.look();
  }

  async look(): Promise<void> {
    const names = [...this.#storages.values()].flat().map((storage) => `'${storage}'`);
    const parts = await this.#warehouse.query<{ storage: string; name: string; rows: string }>(
      `SELECT table AS storage, name, toString(rows) AS rows FROM system.parts WHERE database = 'tailrace' AND min_block_number < max_block_number AND table IN (${names.join(', ')})`,
    );
    for (const { storage, name, rows } of parts) this.#parts.set(`${storage} ${name}`, { storage, rows: Number(rows) });
  }

  /** Rows so far, by table. */
  counts(): Map<string, number> {
    const all = [...this.#parts.values()];
    return new Map(
      [...this.#storages].map(([table, storages]) => [
        table,
        all.filter(({ storage }) => storages.includes(storage)).reduce((sum, { rows }) => sum + rows, 0),
      ]),
    );
  }
}
