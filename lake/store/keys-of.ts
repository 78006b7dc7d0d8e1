import type { ObjectStore } from './object-store.ts';

/** Keys of the objects that `store.list` would yield, as cheaply as the store can. */
export function keysOf(store: ObjectStore, prefix: string, startAfter = ''): AsyncIterable<string> {
  return store.keys?.(prefix, startAfter) ?? keysOfList(store.list(prefix, startAfter));
}

async function* keysOfList(objects: ReturnType<ObjectStore['list']>): AsyncGenerator<string> {
  for await (const { key } of objects) yield key;
}
