import { checkKey } from '../../lake/store/object-store.ts';
import type { ListedObject, ObjectFacts } from '../../lake/store/object-store.ts';
import { jsonOf } from './model-rows.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly facts: ObjectFacts;
}

/** Where a listing ends: no key has a greater letter. */
const END = '\u{10FFFF}';

/**
 * The objects of one lake, in the memory of this process. Nobody changes bytes that were stored, so
 * all who read an object have the same ones.
 */
export class LakeObjects {
  readonly #objects = new Map<string, StoredObject>();
  /** All keys, in their order. */
  readonly #sorted: string[] = [];
  readonly #now: () => Date;

  /** `now`: the clock that dates objects. */
  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Takes over all objects of another lake, with their dates. */
  take(other: LakeObjects): void {
    for (const [key, object] of other.#objects) this.#objects.set(key, object);
    this.#sorted.push(...other.#sorted);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  /** Stores an object, also over another one. */
  set(key: string, bytes: Uint8Array): void {
    checkKey(key);
    if (!this.#objects.has(key)) this.#sorted.splice(this.#place(key), 0, key);
    this.#objects.set(key, { bytes, facts: { bytes: bytes.length, modified: this.#now() } });
  }

  get(key: string): Uint8Array | null {
    return this.#objects.get(key)?.bytes ?? null;
  }

  facts(key: string): ObjectFacts | null {
    return this.#objects.get(key)?.facts ?? null;
  }

  /** What the JSON of an object says; null: there is no object. */
  json(key: string): unknown {
    const bytes = this.get(key);
    return bytes === null ? null : jsonOf(bytes);
  }

  /** Keys with a prefix, beyond another key, in their order. */
  keys(prefix: string, startAfter = ''): string[] {
    const from = startAfter < prefix ? this.#place(prefix) : this.#place(startAfter + (this.#objects.has(startAfter) ? '\0' : ''));
    return this.#sorted.slice(from, Math.max(from, this.#place(prefix + END)));
  }

  /** The same with the facts of each, up to a number of them. */
  list(prefix: string, startAfter: string, most: number): ListedObject[] {
    const found: ListedObject[] = [];
    for (const key of this.keys(prefix, startAfter).slice(0, most)) {
      const facts = this.facts(key);
      if (facts !== null) found.push({ key, bytes: facts.bytes, modified: facts.modified });
    }
    return found;
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    if (!this.#objects.delete(key)) return false;
    this.#sorted.splice(this.#place(key), 1);
    return true;
  }

  /** How many keys are before this one. */
  #place(key: string): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
