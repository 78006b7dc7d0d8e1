import { rowNumbers } from './gather.ts';

/** Where a row's entity stood when its file began. */
interface Entity {
  /** Row of the file whose key columns are the entity's key at the start of the file. */
  readonly row: number;
  /**
   * 0: it existed before the file; n: the n-th entity begun inside the file after its key was
   * vacated.
   */
  readonly begun: number;
}

/** A key as something that differs where the keys differ; see `keyOf`. */
export type Key = string | number;

/**
 * Per row of the file: the row that holds its lineage key, and the number of the entity begun
 * inside the file (0 = none).
 */
export interface LineageRows {
  readonly rows: Int32Array;
  readonly begun: BigUint64Array;
}

/**
 * Follows entities through key changes inside one file, so that a value that did not change can be
 * found under the key its row had before. Rows without an entry have their own key as lineage.
 */
export class Lineage {
  readonly #entities = new Map<Key, Entity>();
  readonly #changedRows: number[] = [];
  readonly #changedTo: Entity[] = [];
  #begun = 0;

  /** True once a key changed; before that no row needs to be noted. */
  get active(): boolean {
    return this.#begun > 0;
  }

  /** Notes a row image of the key. */
  note(row: number, key: Key): void {
    const entity = this.#entities.get(key);
    if (entity === undefined) return;
    this.#changedRows.push(row);
    this.#changedTo.push(entity);
  }

  /**
   * Notes a key change by its tombstone; the new row is noted like any other, after this. Whoever
   * takes the old key next is a new entity.
   */
  rekey(tombstoneRow: number, oldKey: Key, newKey: Key): void {
    this.note(tombstoneRow, oldKey);
    const entity = this.#entities.get(oldKey) ?? { row: tombstoneRow, begun: 0 };
    this.#begun += 1;
    this.#entities.set(newKey, entity);
    this.#entities.set(oldKey, { row: tombstoneRow, begun: this.#begun });
  }

  /** The lineage of all rows of a finished file. */
  finish(rowCount: number): LineageRows {
    const rows = rowNumbers(rowCount);
    const begun = new BigUint64Array(rowCount);
    this.#changedRows.forEach((row, index) => {
      const entity = this.#changedTo[index];
      if (entity === undefined) return;
      rows[row] = entity.row;
      begun[row] = BigInt(entity.begun);
    });
    return { rows, begun };
  }
}
