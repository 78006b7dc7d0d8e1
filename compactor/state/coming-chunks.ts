import { readBaseChunk } from '../../lake/bases/base-log.ts';
import type { BaseLog } from '../../lake/bases/base-log.ts';
import { baseChunkKey, baseRecordKey, chunkKey } from '../../lake/keys.ts';
import { MissingObject } from '../../lake/missing-object.ts';
import { readInOrder } from '../../lake/read-in-order.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { readChunks } from '../../lake/snapshot-log.ts';
import type { ListedCopy, SnapshotChunk, SnapshotDone, SnapshotLog } from '../../lake/snapshot-log.ts';
import { generationKey } from './generation.ts';
import type { Generation } from './generation.ts';

/** Records that are read ahead of the loaded ones. */
const AHEAD = 256;
/** With fewer records left, more are read. */
const LEAST = 64;

/** A chunk of a copy or of a base, as it is loaded. */
export type ComingChunk = Pick<SnapshotChunk, 'n' | 'path' | 'rows' | 'bytes' | 'checksum' | 'nulls' | 'consistentPoint'>;

/** How many chunks and rows a whole copy or base has. */
export type LoadEnd = Pick<SnapshotDone, 'chunks' | 'rows'>;

/** Chunks to load next, and where they end; null: the copy is still being made. */
export interface Coming {
  readonly chunks: readonly ComingChunk[];
  readonly end: LoadEnd | null;
}

/**
 * The chunks of copies and bases that are loaded next. Loaded ones are never read again, not even
 * at a start: a terabyte has 65,000.
 */
export class ComingChunks {
  readonly #store: ObjectStore;
  readonly #bases: BaseLog;
  readonly #copies: SnapshotLog;
  readonly #read = new Map<string, readonly ComingChunk[]>();

  constructor({ store, bases }: { readonly store: ObjectStore; readonly bases: BaseLog }, copies: SnapshotLog) {
    this.#store = store;
    this.#bases = bases;
    this.#copies = copies;
  }

  /**
   * Chunks that follow the loaded ones, as far as they are there. `copy`: what the generation was
   * begun with, as it is listed. LAKE_CORRUPT when a record of a whole copy or base is missing.
   */
  async of(generation: Generation, copy: ListedCopy): Promise<Coming> {
    const end = await this.#end(generation, copy);
    const last = end?.chunks ?? copy.lastChunk;
    const key = generationKey(generation);
    const left = (this.#read.get(key) ?? []).filter(({ n }) => n > generation.chunks);
    const after = generation.chunks + left.length;
    const upTo = Math.min(last ?? Number.MAX_SAFE_INTEGER, after + AHEAD);
    if (left.length < LEAST && after < upTo) left.push(...(await this.#readOf(generation, { after, upTo })));
    if (left.length === 0) this.#read.delete(key);
    else this.#read.set(key, left);
    if (left.length === 0 && end !== null && generation.chunks < end.chunks) throw new MissingObject(recordKey(generation));
    return { chunks: left, end };
  }

  async #end({ tableId, base }: Generation, copy: ListedCopy): Promise<LoadEnd | null> {
    if (base === undefined) return copy.done ? this.#copies.done(copy) : null;
    const of = { tableId, n: base.n };
    const found = await this.#bases.read(of);
    if (found === null) throw new MissingObject(baseRecordKey(of, 'done'));
    return found.done;
  }

  #readOf(generation: Generation, range: { after: number; upTo: number }): Promise<ComingChunk[]> {
    const { tableId, base } = generation;
    if (base === undefined) return readChunks(this.#store, generation, range);
    return readInOrder((chunk) => this.#baseChunk({ tableId, n: base.n }, chunk), range);
  }

  async #baseChunk(of: { tableId: string; n: number }, chunk: number): Promise<ComingChunk | null> {
    const found = await readBaseChunk(this.#store, of, chunk);
    return found === null ? null : { ...found, n: found.chunk };
  }
}

/** The record of the next chunk. */
function recordKey(generation: Generation): string {
  const { tableId, base, chunks } = generation;
  return base === undefined ? chunkKey(generation, chunks + 1) : baseChunkKey({ tableId, n: base.n }, chunks + 1);
}
