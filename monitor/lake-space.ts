import { statfs } from 'node:fs/promises';
import type { ObjectStore } from '../lake/store/object-store.ts';

const EVERY_MS = 600_000;
/** A lake with more objects is not measured: it would take too long. */
const MOST_OBJECTS = 200_000;

/**
 * Bytes of the lake and free bytes on its disk; null: unknown. A bucket is never listed for this,
 * because listing costs money.
 */
export interface LakeSpace {
  readonly bytes: number | null;
  readonly freeBytes: number | null;
}

/** Size of a lake in a directory, measured every ten minutes; free space, at every look. */
export class LakeSize {
  #bytes: number | null = null;
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  async read(store: ObjectStore, elapsedMs: number): Promise<LakeSpace> {
    const { location } = store;
    if (location.kind !== 'directory') return { bytes: null, freeBytes: null };
    if (elapsedMs - this.#measuredAtMs >= EVERY_MS) {
      this.#measuredAtMs = elapsedMs;
      // Not awaited: a large lake takes a while.
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
