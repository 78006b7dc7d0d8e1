import { statfs } from 'node:fs/promises';
import type { ObjectStore } from '../lake/store/object-store.ts';

const EVERY_MS = 600_000;
/** Looking at more than these would take longer than it is worth. */
const MOST_OBJECTS = 200_000;

/**
 * What the lake takes and what is free where it lies; null is unknown: nobody lists a bucket for
 * that, and listing costs money.
 */
export interface LakeSpace {
  readonly bytes: number | null;
  readonly freeBytes: number | null;
}

/** How large a lake in a directory is, looked at every ten minutes; what is free, at each look. */
export class LakeSize {
  #bytes: number | null = null;
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  async read(store: ObjectStore, elapsedMs: number): Promise<LakeSpace> {
    const { location } = store;
    if (location.kind !== 'directory') return { bytes: null, freeBytes: null };
    if (elapsedMs - this.#measuredAtMs >= EVERY_MS) {
      this.#measuredAtMs = elapsedMs;
      // Nobody waits for it: a large lake takes a while.
      void sizeOf(store).then(
        (bytes) => (this.#bytes = bytes),
        () => undefined,
      );
    }
    const free = await statfs(location.path).catch(() => null);
    return { bytes: this.#bytes, freeBytes: free === null ? null : free.bavail * free.bsize };
  }
}

async function sizeOf(store: ObjectStore): Promise<number | null> {
  let [bytes, objects] = [0, 0];
  for await (const object of store.list('')) {
    bytes += object.bytes;
    objects += 1;
    if (objects > MOST_OBJECTS) return null;
  }
  return bytes;
}
