import type { ObjectStore } from './object-store.ts';

/** Keys of the objects that `store.list` would yield, as cheaply as the store can. */
export async function* keysOf(store: ObjectStore, prefix: string, startAfter = ''): AsyncGenerator<string> {
  if (store.keys !== undefined) yield* store.keys(prefix, startAfter);
  else for await (const { key } of store.list(prefix, startAfter)) yield key;
}
