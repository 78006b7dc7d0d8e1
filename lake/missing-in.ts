import { keysOf } from './store/keys-of.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * Keys below a prefix that one store has and the other lacks, in order. It compares two listings as
 * they come, so that millions of keys need no memory.
 */
export async function* missingIn(from: ObjectStore, to: ObjectStore, prefix: string): AsyncGenerator<string> {
  const others = keysOf(to, prefix)[Symbol.asyncIterator]();
  let other = await others.next();
  for await (const key of keysOf(from, prefix)) {
    while (other.done !== true && other.value < key) other = await others.next();
    if (other.done === true || other.value !== key) yield key;
  }
}
