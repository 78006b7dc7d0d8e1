/** A row of the warehouse, and how often it exists. */
export interface WarehouseRow {
  readonly place: string;
  readonly hash: string;
  readonly copies: string;
}

/** A row of the source. */
export interface SourceRow<L> {
  readonly place: string;
  readonly hash: string;
  /** Where it is stored. */
  readonly at: L;
}

/** Rows of one key (or, without keys, equal rows) that only one side has. */
export interface DifferingPlace<L> {
  readonly place: string;
  /** Rows that only the source has. */
  readonly source: readonly L[];
  /** Rows that only the warehouse has. */
  readonly warehouse: number;
}

/**
 * Cancels the rows of both sides against each other: first all of the warehouse, then those of the
 * source as they arrive. Holds the rest.
 */
export class RowBalance<L> {
  readonly #warehouse = new Map<string, number>();
  readonly #source: SourceRow<L>[] = [];

  constructor(warehouse: readonly WarehouseRow[]) {
    for (const { place, hash, copies } of warehouse) this.#warehouse.set(`${place} ${hash}`, Number(copies));
  }

  add(row: SourceRow<L>): void {
    const id = `${row.place} ${row.hash}`;
    const copies = this.#warehouse.get(id) ?? 0;
    if (copies <= 0) this.#source.push(row);
    else if (copies === 1) this.#warehouse.delete(id);
    else this.#warehouse.set(id, copies - 1);
  }

  /** The rows that only one side has. */
  differing(): DifferingPlace<L>[] {
    const places = new Map<string, { source: L[]; warehouse: number }>();
    const at = (place: string): { source: L[]; warehouse: number } => {
      const found = places.get(place) ?? { source: [], warehouse: 0 };
      places.set(place, found);
      return found;
    };
    for (const row of this.#source) at(row.place).source.push(row.at);
    for (const [id, copies] of this.#warehouse) at(id.slice(0, id.indexOf(' '))).warehouse += copies;
    return [...places].map(([place, rows]) => ({ place, ...rows }));
  }
}

/**
 * At most this many, with some of each kind (changed, only at the source, only in the warehouse): a
 * few lost rows are visible beside a million changed ones.
 */
export function someOfEach<L>(places: readonly DifferingPlace<L>[], most: number): DifferingPlace<L>[] {
  const kinds = new Map<string, DifferingPlace<L>[]>([
    ['changed', []],
    ['source', []],
    ['warehouse', []],
  ]);
  for (const place of places) {
    const kind = place.source.length === 0 ? 'warehouse' : place.warehouse === 0 ? 'source' : 'changed';
    kinds.get(kind)?.push(place);
  }
  const chosen: DifferingPlace<L>[] = [];
  for (let i = 0; chosen.length < Math.min(most, places.length); i += 1) {
    for (const kind of kinds.values()) {
      const next = kind[i];
      if (next !== undefined && chosen.length < most) chosen.push(next);
    }
  }
  return chosen;
}
