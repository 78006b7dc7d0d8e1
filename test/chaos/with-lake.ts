import type { ObjectStore } from '../../lake/store/object-store.ts';
import { openStore } from '../../lake/store/open-store.ts';

/** Does something with the objects of a lake, past all faults of the store. */
export async function withLake<T>(lake: string, work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const store = await openStore(lake);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
