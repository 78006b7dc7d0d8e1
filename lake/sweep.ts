import { DATA_PREFIX, SNAPSHOT_PREFIX, manifestKey, parseSnapshotKey } from './keys.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { Manifest } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { Suspicion } from './phantom.ts';
import type { Suspects } from './phantom.ts';
import { namedByChunks } from './snapshot-log.ts';

/** Clocks of store and sweeper may differ by this much. */
const CLOCK_SLACK_MS = 60 * 60 * 1000;

/**
 * Removes phantoms: data objects that a crashed writer left and that neither a manifest nor a chunk record names. Nothing else is ever removed.
 * A sweeper remembers which writers it has cleared, so a later run reads only the manifests since the oldest writer that ended meanwhile.
 */
export class Sweeper {
  readonly #store: ObjectStore;
  readonly #log: ManifestLog;
  readonly #cleared = new Set<string>();

  constructor(store: ObjectStore, log: ManifestLog) {
    this.#store = store;
    this.#log = log;
  }

  /** One run; returns the keys that were removed. Run it once in an hour or less often: it lists all data objects. */
  async sweep(nowMs: number): Promise<string[]> {
    const newest = await this.#log.last();
    // Without a manifest nobody can tell a running writer from a dead one.
    if (newest === null) return [];
    return [...(await this.#sweepStream(newest, nowMs)), ...(await this.#sweepSnapshots(newest, nowMs))];
  }

  async #sweepStream(newest: Manifest, nowMs: number): Promise<string[]> {
    const ended = (await this.#suspects(DATA_PREFIX, newest, nowMs)).filter(({ writer }) => !this.#cleared.has(writer));
    const [oldest] = ended;
    if (oldest === undefined) return [];
    const unnamed = new Map(ended.map(({ writer, keys }) => [writer, keys]));
    for (let number = await this.#firstSince(oldest.oldestMs - CLOCK_SLACK_MS, newest.number); number <= newest.number; number += 1) {
      const manifest = await this.#log.read(number);
      for (const { path } of manifest?.files ?? []) unnamed.get(manifest?.writer ?? '')?.delete(path);
    }
    const removed = await this.#remove(ended);
    for (const { writer } of ended) this.#cleared.add(writer);
    return removed;
  }

  async #sweepSnapshots(newest: Manifest, nowMs: number): Promise<string[]> {
    const suspects = await this.#suspects(SNAPSHOT_PREFIX, newest, nowMs);
    const named = new Map<string, Set<string>>();
    for (const { keys } of suspects) {
      for (const key of keys) {
        const of = parseSnapshotKey(key);
        if (of === null) continue;
        const generation = `${of.tableId}/${of.generation}`;
        const paths = named.get(generation) ?? (await namedByChunks(this.#store, of));
        named.set(generation, paths);
        if (paths.has(key)) keys.delete(key);
      }
    }
    return this.#remove(suspects);
  }

  async #suspects(prefix: string, newest: Manifest, nowMs: number): Promise<Suspects[]> {
    const suspicion = new Suspicion(newest.writer, nowMs);
    for await (const object of this.#store.list(prefix)) suspicion.see(object);
    return suspicion.suspects();
  }

  /** Number of the first manifest stored at or after a time: what names an object is stored after it. */
  async #firstSince(timeMs: number, last: number): Promise<number> {
    let low = 1;
    let high = last;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const facts = await this.#store.head(manifestKey(middle));
      // Manifests that were swept were the oldest.
      if (facts === null || facts.modified.getTime() < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #remove(suspects: readonly Suspects[]): Promise<string[]> {
    const keys = suspects.flatMap((suspect) => [...suspect.keys]);
    for (const key of keys) await this.#store.delete(key);
    return keys;
  }
}
