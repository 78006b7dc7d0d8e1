import type { Manifest } from '../../lake/manifest.ts';
import type { TablePosition } from '../../lake/readers.ts';

/**
 * The last manifest that changed each table, for processes that work when a table changed. It may
 * name a later one than that, and never an earlier one.
 */
export class TableChanges {
  readonly #changed = new Map<string, number>();
  readonly #shown = new Map<string, string>();
  readonly #begun: number;

  /** `begun`: the manifest of the front. Earlier changes are not known any more. */
  constructor(begun: number) {
    this.#begun = begun;
  }

  /** Notes batches that were applied to the live tables, in their order. */
  note(batches: readonly Pick<Manifest, 'number' | 'files' | 'catalog'>[]): void {
    for (const { number, files, catalog } of batches) for (const { tableId } of [...files, ...catalog]) this.#changed.set(tableId, number);
  }

  /** The positions with their changes. `manifest`: that of the front. */
  on(tables: readonly TablePosition[], manifest: number): TablePosition[] {
    return tables.map((table) => {
      const { tableId, generation, state } = table;
      const shown = `${generation} ${state}`;
      const before = this.#shown.get(tableId);
      this.#shown.set(tableId, shown);
      // Rows that were brought up are all new, and so is a state that readers wait for.
      if (before !== undefined && before !== shown) this.#changed.set(tableId, Math.max(manifest, this.#changed.get(tableId) ?? 0));
      return { ...table, changed: this.#changed.get(tableId) ?? this.#begun };
    });
  }
}
