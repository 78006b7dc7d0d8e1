import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import type { ObjectStore, StoreLocation } from '../../lake/store/object-store.ts';
import { WarehouseState } from '../state/warehouse-state.ts';

const READS = ['read-meta', 'read-generations', 'last-table-seq', 'read-freezes'];

/**
 * The state of a warehouse in memory alone: empty at first, and lost with this process. Nothing of
 * a table that is computed again must come into the state of the warehouse.
 */
export async function scratchState(engine: Pick<Engine, 'query' | 'traits'>): Promise<WarehouseState> {
  const reads = new Set(READS.map((name) => sql(name)));
  const forgetful = {
    traits: engine.traits,
    exec: () => Promise.resolve(),
    query: <T extends object>(statement: string): Promise<T[]> => (reads.has(statement) ? Promise.resolve([]) : engine.query<T>(statement)),
  };
  return WarehouseState.open(forgetful, () => Promise.resolve());
}

/** A store to which nothing is written: a table that is computed again asks nobody for a copy. */
export class UnwrittenStore implements ObjectStore {
  readonly location: StoreLocation;
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.location = store.location;
  }

  put(): Promise<'stored'> {
    return Promise.resolve('stored');
  }

  putStream(): Promise<'stored'> {
    return Promise.resolve('stored');
  }

  replace(): Promise<void> {
    return Promise.resolve();
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.#store.get(key);
  }

  getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#store.getRange(key, start, end);
  }

  head(key: string): ReturnType<ObjectStore['head']> {
    return this.#store.head(key);
  }

  list(prefix: string, startAfter?: string): ReturnType<ObjectStore['list']> {
    return this.#store.list(prefix, startAfter);
  }
}
