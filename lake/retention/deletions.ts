import { failpoint } from '../../core/failpoint.ts';
import { sweepKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';

const TOGETHER = 16;

interface Sized {
  readonly key: string;
  readonly bytes: number;
}

/** Deletes objects of a lake, and counts them. */
export class Deletions {
  readonly keys: string[] = [];
  bytes = 0;
  readonly #store: ObjectStore;
  readonly #next: number;

  /** `next`: number of the look that is stored when all is done. */
  constructor(store: ObjectStore, next: number) {
    this.#store = store;
    this.#next = next;
  }

  /**
   * Deletes what the last look has condemned. False: another sweeper has stored the next look, so
   * this one no longer acts on the last.
   */
  async take(objects: readonly Sized[]): Promise<boolean> {
    if (objects.length === 0) return true;
    if ((await this.#store.head(sweepKey(this.#next))) !== null) return false;
    await this.takeAll(objects);
    return true;
  }

  /** Deletes objects, also after another sweeper has stored a look. */
  async takeAll(objects: readonly Sized[]): Promise<void> {
    for (let at = 0; at < objects.length; at += TOGETHER) {
      await Promise.all(objects.slice(at, at + TOGETHER).map((object) => this.#delete(object)));
    }
  }

  async #delete({ key, bytes }: Sized): Promise<void> {
    await this.#store.delete(key);
    failpoint('object-swept');
    this.keys.push(key);
    this.bytes += bytes;
  }
}
