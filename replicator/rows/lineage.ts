import { rowNumbers } from './gather.ts';

/** Where the entity of a row was when its file began. */
interface Entity {
  /** Row of the file whose key columns are the entity's key at the start of the file. */
  readonly row: number;
  /**
   * 0: it existed before the file. n: it is the n-th entity that began inside the file, under a key
   * that another had left.
   */
  readonly begun: number;
}

/** A key as `keyOf` returns it. */
export type Key = string | number;

/**
 * For each row of the file: the row that has its lineage key, and the number of an entity that
 * began inside the file (0: none).
 */
export interface LineageRows {
  readonly rows: Int32Array;
  readonly begun: BigUint64Array;
}

/**
 * Follows entities through key changes inside one file, so that an unchanged value is found under
 * the key that its row had before. Rows without an entry have their own key as lineage.
 */
export class Lineage {
  readonly #entities = new Map<Key, Entity>();
  readonly #changedRows: number[] = [];
  readonly #changedTo: Entity[] = [];
  #begun = 0;

  /** True once a key has changed. Before that, no row needs to be noted. */
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
   * Notes a key change by its tombstone. The new row is noted like any other, after this. The next
   * row with the old key is a new entity.
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
