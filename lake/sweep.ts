import { TailraceError } from '../core/errors.ts';
import { DATA_PREFIX, SNAPSHOT_PREFIX, STREAM_PREFIX, generationPrefix, manifestKey, manifestNumber, parseSnapshotKey } from './keys.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { StoredManifest } from './manifest.ts';
import { NamedFiles } from './named-files.ts';
import type { ListedObject, ObjectStore } from './store/object-store.ts';
import { namedByChunks } from './snapshot-log.ts';
import { lastLook, putLook, storeNowMs } from './sweep-look.ts';
import type { SweepLook } from './sweep-look.ts';
import { GRACE_MS, Unnamed } from './unnamed.ts';

/**
 * A sweeper acts on a look only if it has known it for so long by a clock that never steps. Whoever
 * names a file that is older looks first whether it is there and in no look, so no step of any
 * clock makes a file go that is about to be named.
 */
const KNOWN_MS = 2 * 60 * 60 * 1000;
const CONCURRENT_READS = 8;

/** What is there and unnamed at one moment. */
type Found = Omit<SweepLook, 'number' | 'removed'>;

interface ListedCopy {
  readonly of: { readonly tableId: string; readonly generation: number };
  readonly objects: ListedObject[];
  records: number;
}

/**
 * Removes phantoms: data objects that a crashed writer left and that no manifest and no chunk
 * record names. Nothing else is ever removed.
 *
 * Unnamed is what two looks found unnamed, a grace apart by the store's clock, each by the names of
 * all manifests and chunk records as they were after the listing. What a look found is in the lake,
 * so that the next one may be another process's, and carried out by whoever stores the look after
 * it. A lake that has not every manifest from the first one on is left alone: what the missing one
 * named cannot be known.
 */
export class Sweeper {
  readonly #store: ObjectStore;
  readonly #log: ManifestLog;
  #known: { readonly number: number; readonly sinceMs: number } | null = null;

  constructor(store: ObjectStore, log: ManifestLog) {
    this.#store = store;
    this.#log = log;
  }

  /**
   * One turn; returns the keys that were removed. It costs little until a look is due, once in a
   * grace; that one lists all data objects. `elapsedMs`: of a clock of this process that never
   * steps.
   */
  async sweep(elapsedMs: number): Promise<string[]> {
    const last = await lastLook(this.#store);
    if (last !== null && this.#known?.number !== last.look.number) this.#known = { number: last.look.number, sinceMs: elapsedMs };
    const nowMs = await storeNowMs(this.#store);
    if (last !== null && (nowMs - last.atMs < GRACE_MS || elapsedMs - (this.#known?.sinceMs ?? elapsedMs) < KNOWN_MS)) return [];
    const found = await this.#look(nowMs, last?.look ?? null);
    if (found === null) return [];
    const still = new Set([...found.unnamed, ...found.unfinished]);
    const condemned = (last?.look.unnamed ?? []).filter((key) => still.delete(key));
    const brokenOff = (last?.look.unfinished ?? []).filter((name) => still.delete(name));
    const next = {
      ...found,
      number: (last?.look.number ?? 0) + 1,
      removed: condemned,
      unnamed: found.unnamed.filter((key) => still.has(key)),
      unfinished: found.unfinished.filter((name) => still.has(name)),
    };
    if (!(await putLook(this.#store, next))) return [];
    for (const key of condemned) await this.#store.delete(key);
    for (const name of brokenOff) await this.#store.unfinished?.remove(name);
    return [...condemned, ...brokenOff];
  }

  /** Null in a lake without a manifest: nobody can tell a running writer from a dead one there. */
  async #look(nowMs: number, last: SweepLook | null): Promise<Found | null> {
    const unfinished: string[] = [];
    for await (const name of this.#store.unfinished?.list() ?? []) unfinished.push(name);
    const { named, number } = await this.#namedBefore(last);
    const known = await this.#readOn(number, (path) => named.add(path));
    const unnamed = new Unnamed(nowMs);
    for await (const object of this.#store.list(DATA_PREFIX)) unnamed.see(object, named.has(object.key));
    await this.#seeCopies(unnamed);
    // The roots, after the listing: what was named in between is named.
    const newest = await this.#readOn(known, (path) => {
      named.add(path);
      unnamed.name(path);
    });
    if (newest === 0) return null;
    const { writer, hash } = await this.#manifest(newest);
    return { manifest: { number: newest, hash }, named: named.toJSON(), unnamed: unnamed.leftovers(writer), unfinished };
  }

  /** What the last look knew to be named counts where this is the lake that it looked at. */
  async #namedBefore(last: SweepLook | null): Promise<{ named: NamedFiles; number: number }> {
    if (last === null || (await this.#log.read(last.manifest.number))?.hash !== last.manifest.hash)
      return { named: new NamedFiles(), number: 0 };
    return { named: new NamedFiles(last.named), number: last.manifest.number };
  }

  /**
   * Tells what every manifest after a number names; returns the number of the newest. LAKE_CORRUPT
   * when one is missing below another.
   */
  async #readOn(after: number, tell: (path: string) => void): Promise<number> {
    let newest = after;
    for (;;) {
      const numbers = Array.from({ length: CONCURRENT_READS }, (_, index) => newest + 1 + index);
      for (const found of await Promise.all(numbers.map((number) => this.#log.read(number)))) {
        if (found?.number !== newest + 1) break;
        newest = found.number;
        for (const { path } of found.files) tell(path);
      }
      if (newest === numbers.at(-1)) continue;
      // A number that is missing looks like the end of the log.
      const next = await this.#nextListed(newest);
      if (next === null) return newest;
      if (next !== newest + 1) throw missing(newest + 1);
    }
  }

  async #nextListed(after: number): Promise<number | null> {
    for await (const { key } of this.#store.list(STREAM_PREFIX, manifestKey(after))) {
      const number = manifestNumber(key);
      if (number !== null) return number;
    }
    return null;
  }

  async #manifest(number: number): Promise<StoredManifest> {
    const found = await this.#log.read(number);
    if (found === null) throw missing(number);
    return found;
  }

  /**
   * Data objects of copies, one copy after the other. Chunk records are read of those only that
   * have more data objects than records.
   */
  async #seeCopies(unnamed: Unnamed): Promise<void> {
    let copy: ListedCopy | null = null;
    for await (const object of this.#store.list(SNAPSHOT_PREFIX)) {
      const of = parseSnapshotKey(object.key);
      if (of === null) continue;
      if (copy !== null && generationPrefix(copy.of) !== generationPrefix(of)) {
        await this.#seeCopy(copy, unnamed);
        copy = null;
      }
      copy ??= { of, objects: [], records: 0 };
      if (of.kind === 'chunk') copy.records += 1;
      if (of.kind === 'data') copy.objects.push(object);
    }
    if (copy !== null) await this.#seeCopy(copy, unnamed);
  }

  async #seeCopy({ of, objects, records }: ListedCopy, unnamed: Unnamed): Promise<void> {
    const named = objects.length > records ? await namedByChunks(this.#store, of) : null;
    for (const object of objects) unnamed.see(object, named?.has(object.key) ?? true);
  }
}

function missing(number: number): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${manifestKey(number)} is missing, so what it named is not known and nothing is swept`, {
    hint: 'Restore the object.',
  });
}
