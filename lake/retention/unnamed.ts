import { parseDataKey } from '../keys.ts';
import type { ListedObject } from '../store/object-store.ts';

/**
 * Data objects that nothing named when they were listed, by writer. Names decide what is unnamed.
 * Times only protect: a writer that stored something within the grace may be working on a
 * transaction that has been open for days.
 */
export class Unnamed {
  readonly #storeNowMs: number;
  readonly #graceMs: number;
  readonly #objects = new Map<string, Map<string, ListedObject>>();
  readonly #alive = new Set<string>();

  /** `storeNowMs`: now, by the clock of the store. */
  constructor(storeNowMs: number, graceMs: number) {
    this.#storeNowMs = storeNowMs;
    this.#graceMs = graceMs;
  }

  /** A listed data object, whether it is named or not. */
  see(object: ListedObject, isNamed: boolean): void {
    const writer = parseDataKey(object.key)?.writer;
    if (writer === undefined) return;
    if (this.#storeNowMs - object.modified.getTime() < this.#graceMs) this.#alive.add(writer);
    if (isNamed) return;
    const objects = this.#objects.get(writer) ?? new Map<string, ListedObject>();
    this.#objects.set(writer, objects.set(object.key, object));
  }

  /** It is named after all. */
  name(key: string): void {
    this.#objects.get(parseDataKey(key)?.writer ?? '')?.delete(key);
  }

  /**
   * Unnamed objects in the order of their keys, except those of the writer of the newest manifest
   * and of writers that may be at work.
   */
  leftovers(newestWriter: string): ListedObject[] {
    const ended = [...this.#objects].filter(([writer]) => writer !== newestWriter && !this.#alive.has(writer));
    return ended.flatMap(([, objects]) => [...objects.values()]).toSorted((one, other) => (one.key < other.key ? -1 : 1));
  }
}
