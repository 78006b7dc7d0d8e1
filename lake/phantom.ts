import { writerOf } from './keys.ts';
import type { ListedObject } from './object-store.ts';

/** Age from which an object that nothing names is taken for a crashed writer's leftover. */
export const PHANTOM_AGE_MS = 24 * 60 * 60 * 1000;

/** Objects of one writer that may be phantoms. */
export interface Suspects {
  readonly writer: string;
  readonly keys: Set<string>;
  /** time of the oldest of them, in ms */
  oldestMs: number;
}

/**
 * Finds data objects that are phantoms unless something names them, by writer, as it is shown one listed object after the other.
 * Left alone are all objects of the newest manifest's writer, and of any writer that stored something within the last day: they may be parts of
 * a transaction that is open for days.
 */
export class Suspicion {
  readonly #newestWriter: string;
  readonly #nowMs: number;
  readonly #suspects = new Map<string, Suspects>();
  readonly #alive = new Set<string>();

  constructor(newestWriter: string, nowMs: number) {
    this.#newestWriter = newestWriter;
    this.#nowMs = nowMs;
  }

  see({ key, modified }: ListedObject): void {
    const writer = writerOf(key);
    if (writer === null || writer === this.#newestWriter) return;
    if (this.#nowMs - modified.getTime() < PHANTOM_AGE_MS) {
      this.#alive.add(writer);
      return;
    }
    const suspects = this.#suspects.get(writer) ?? { writer, keys: new Set(), oldestMs: modified.getTime() };
    suspects.keys.add(key);
    suspects.oldestMs = Math.min(suspects.oldestMs, modified.getTime());
    this.#suspects.set(writer, suspects);
  }

  /** After the whole listing was seen; oldest first. */
  suspects(): Suspects[] {
    return [...this.#suspects.values()].filter(({ writer }) => !this.#alive.has(writer)).toSorted((a, b) => a.oldestMs - b.oldestMs);
  }
}
