import type { ObjectStore } from '../../lake/store/object-store.ts';
import { readChunks } from '../../lake/snapshot-log.ts';
import type { SnapshotChunk } from '../../lake/snapshot-log.ts';
import { generationKey } from './generation.ts';
import type { Generation } from './generation.ts';

/** Records that are read ahead of the loaded ones. */
const AHEAD = 256;
/** With fewer records left, more are read. */
const LEAST = 64;

/**
 * The chunks of copies that are loaded next. Loaded ones are never read again, not even at a start:
 * a terabyte has 65,000.
 */
export class ComingChunks {
  readonly #store: ObjectStore;
  readonly #read = new Map<string, readonly SnapshotChunk[]>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * Chunks that follow the loaded ones, as far as they are read. `last`: number of the last
   * existing chunk; null when it is not known.
   */
  async of(generation: Generation, last: number | null): Promise<readonly SnapshotChunk[]> {
    const key = generationKey(generation);
    const left = (this.#read.get(key) ?? []).filter(({ n }) => n > generation.chunks);
    const after = generation.chunks + left.length;
    const upTo = Math.min(last ?? Number.MAX_SAFE_INTEGER, after + AHEAD);
    if (left.length < LEAST && after < upTo) left.push(...(await readChunks(this.#store, generation, { after, upTo })));
    if (left.length === 0) this.#read.delete(key);
    else this.#read.set(key, left);
    return left;
  }
}
