import { parseDataKey } from '../keys.ts';
import type { ListedObject } from '../store/object-store.ts';

/**
 * Time between the two looks that find an object unnamed, and time for which an object protects all
 * others of its writer; by the clock of the store.
 */
export const GRACE_MS = 24 * 60 * 60 * 1000;

/**
 * Data objects that nothing named when they were listed, by writer. Names decide what is unnamed.
 * Times only protect: a writer that stored something within the grace may be working on a
 * transaction that has been open for days.
 */
export class Unnamed {
  readonly #storeNowMs: number;
  readonly #keys = new Map<string, Set<string>>();
  readonly #alive = new Set<string>();

  /** `storeNowMs`: now, by the clock of the store. */
  constructor(storeNowMs: number) {
    this.#storeNowMs = storeNowMs;
  }

  /** A listed data object, whether it is named or not. */
  see({ key, modified }: ListedObject, isNamed: boolean): void {
    const writer = parseDataKey(key)?.writer;
    if (writer === undefined) return;
    if (this.#storeNowMs - modified.getTime() < GRACE_MS) this.#alive.add(writer);
    if (isNamed) return;
    const keys = this.#keys.get(writer) ?? new Set();
    this.#keys.set(writer, keys.add(key));
  }

  /** It is named after all. */
  name(key: string): void {
    this.#keys.get(parseDataKey(key)?.writer ?? '')?.delete(key);
  }

  /**
   * Keys of unnamed objects, in order, except those of the writer of the newest manifest and of
   * writers that may be at work.
   */
  leftovers(newestWriter: string): string[] {
    const ended = [...this.#keys].filter(([writer]) => writer !== newestWriter && !this.#alive.has(writer));
    return ended.flatMap(([, keys]) => [...keys]).toSorted();
  }
}
