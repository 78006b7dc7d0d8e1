import { createHash } from 'node:crypto';
import type {
  BaseClone,
  BaseSource,
  BaseTable,
  KeyBound,
  KeyRange,
  RowFacts,
  RowSum,
  StoredChunk,
} from '../../compactor/base/base-source.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** Rows of a table by their keys; a key is one text. */
export type ModelRows = ReadonlyMap<string, string>;

/** The engine's part of writing bases over rows in memory: a chunk is their JSON. */
export class ModelBaseSource implements BaseSource {
  readonly #store: ObjectStore;
  readonly #rowsOf: (table: BaseTable) => ModelRows;
  /** Clones that were not dropped. */
  clones = 0;

  constructor(store: ObjectStore, rowsOf: (table: BaseTable) => ModelRows) {
    this.#store = store;
    this.#rowsOf = rowsOf;
  }

  clone(table: BaseTable): Promise<BaseClone> {
    const rows = [...this.#rowsOf(table)].toSorted(([one], [other]) => (one < other ? -1 : 1));
    this.clones += 1;
    let dropped = false;
    const drop = (): Promise<void> => {
      if (!dropped) this.clones -= 1;
      dropped = true;
      return Promise.resolve();
    };
    return Promise.resolve(cloneOf(rows, drop));
  }

  confirm(): Promise<void> {
    return Promise.resolve();
  }

  async readBack(_table: BaseTable, chunks: readonly StoredChunk[]): Promise<RowSum> {
    const rows: (readonly [string, string])[] = [];
    for (const { path } of chunks) {
      const bytes = await this.#store.get(path);
      if (bytes === null) throw new Error(`${path} is missing`);
      rows.push(...(JSON.parse(Buffer.from(bytes).toString()) as [string, string][]));
    }
    return sumOf(rows);
  }
}

/** The hash of rows, as in the records of a base. */
export function sumOf(rows: Iterable<readonly [string, string]>): RowSum {
  let [count, hash] = [0, 0n];
  for (const row of rows) {
    count += 1;
    hash = BigInt.asUintN(64, hash + createHash('sha256').update(JSON.stringify(row)).digest().readBigUInt64LE());
  }
  return { rows: count, hash };
}

function cloneOf(rows: readonly (readonly [string, string])[], drop: () => Promise<void>): BaseClone {
  const within = (range: KeyRange): (readonly [string, string])[] => rows.filter(([key]) => isWithin(key, range));
  return {
    size: { rows: rows.length, bytes: rows.length },
    cut: (range, count) => {
      const last = within(range)[count - 1];
      return Promise.resolve(last === undefined ? null : [last[0]]);
    },
    facts: (range) => {
      const some = within(range);
      const [first, last] = [some[0], some.at(-1)];
      const ends: RowFacts['ends'] = first === undefined || last === undefined ? null : { min: [first[0]], max: [last[0]] };
      return Promise.resolve({ ...sumOf(some), ends, nulls: [] });
    },
    count: () => Promise.resolve(rows.length),
    async *rows(range) {
      yield await Promise.resolve(Buffer.from(JSON.stringify(within(range))));
    },
    drop,
  };
}

function isWithin(key: string, { from, to }: KeyRange): boolean {
  const isPast = (bound: KeyBound, past: boolean): boolean => past || (bound.included && key === bound.key[0]);
  return (from === null || isPast(from, key > (from.key[0] ?? ''))) && (to === null || isPast(to, key < (to.key[0] ?? '')));
}
