import { readBaseChunks } from '../bases/base-log.ts';
import type { BaseLog, BaseName } from '../bases/base-log.ts';
import { basePrefix, parseBaseKey } from '../keys.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * Keys of the objects that the records of bases name. The records of a whole base never change, so
 * they are read once, and their names count also after somebody has deleted a record.
 */
export class BaseNames {
  readonly #store: ObjectStore;
  readonly #bases: BaseLog;
  #before: ReadonlyMap<string, readonly string[]> = new Map();
  #known = new Map<string, readonly string[]>();

  constructor(store: ObjectStore, bases: BaseLog) {
    this.#store = store;
    this.#bases = bases;
  }

  /** A look begins. What the one before did not ask for is forgotten. */
  begin(): void {
    this.#before = this.#known;
    this.#known = new Map();
  }

  /** `done`: whether the base is whole. */
  async of(base: BaseName & { readonly done: boolean }): Promise<readonly string[]> {
    const prefix = basePrefix(base);
    const known = this.#known.get(prefix) ?? this.#before.get(prefix) ?? (base.done ? await this.#ofWhole(base) : null);
    if (known === null) return this.#listed(base);
    this.#known.set(prefix, known);
    return known;
  }

  /** null: some of its records are gone. */
  async #ofWhole(base: BaseName): Promise<readonly string[] | null> {
    const done = await this.#bases.done(base);
    if (done === null) return null;
    const numbers = Array.from({ length: done.chunks }, (_, index) => index + 1);
    const chunks = await readBaseChunks(this.#store, base, numbers);
    return chunks.length < done.chunks ? null : chunks.map(({ path }) => path);
  }

  async #listed(base: BaseName): Promise<readonly string[]> {
    const numbers: number[] = [];
    for await (const key of keysOf(this.#store, basePrefix(base))) {
      const parsed = parseBaseKey(key);
      if (parsed?.kind === 'chunk') numbers.push(parsed.chunk);
    }
    return (await readBaseChunks(this.#store, base, numbers)).map(({ path }) => path);
  }
}
