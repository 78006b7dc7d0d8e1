import { TailraceError } from '../../core/errors.ts';
import { DATA_PREFIX, SNAPSHOT_PREFIX, STREAM_PREFIX, generationPrefix, manifestKey, manifestNumber, parseSnapshotKey } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { StoredManifest } from '../manifest.ts';
import { NamedFiles } from './named-files.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';
import { namedByChunks } from '../snapshot-log.ts';
import { lastLook, putLook, storeNowMs } from './sweep-look.ts';
import type { SweepLook } from './sweep-look.ts';
import { GRACE_MS, Unnamed } from './unnamed.ts';

/**
 * A sweeper acts on a look only once it has known it for this long, by a clock that never steps. A
 * writer that names an older file first checks that it exists and is in no look. So no clock that
 * steps can delete a file that is about to be named.
 */
const KNOWN_MS = 2 * 60 * 60 * 1000;
const CONCURRENT_READS = 8;

/** What exists and is unnamed at one moment. */
type Found = Omit<SweepLook, 'number' | 'removed'>;

interface ListedCopy {
  readonly of: { readonly tableId: string; readonly generation: number };
  readonly objects: ListedObject[];
  records: number;
}

/**
 * Removes phantoms: data objects that a crashed writer left and that no manifest or chunk record
 * names. Nothing else is ever removed.
 *
 * An object is unnamed when two looks find it so, one grace apart by the clock of the store. Each
 * look goes by the names in all manifests and chunk records, read after the listing. Looks are in
 * the lake, so another process may do the next one; the process that stores the next look acts on
 * it. A lake that lacks any manifest since the first one is left alone: the names in the missing
 * one are not known.
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
   * One turn; returns the keys that were removed. It costs little until a look is due, once per
   * grace; that look lists all data objects. `elapsedMs`: by a clock of this process that never
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

  /** Null in a lake without a manifest: there, a running writer cannot be told from a dead one. */
  async #look(nowMs: number, last: SweepLook | null): Promise<Found | null> {
    const unfinished: string[] = [];
    for await (const name of this.#store.unfinished?.list() ?? []) unfinished.push(name);
    const { named, number } = await this.#namedBefore(last);
    const known = await this.#readOn(number, (path) => named.add(path));
    const unnamed = new Unnamed(nowMs);
    for await (const object of this.#store.list(DATA_PREFIX)) unnamed.see(object, named.has(object.key));
    await this.#seeCopies(unnamed);
    // The names are read after the listing, so what was named in between counts.
    const newest = await this.#readOn(known, (path) => {
      named.add(path);
      unnamed.name(path);
    });
    if (newest === 0) return null;
    const { writer, hash } = await this.#manifest(newest);
    return { manifest: { number: newest, hash }, named: named.toJSON(), unnamed: unnamed.leftovers(writer), unfinished };
  }

  /** The names that the last look knew count where it looked at this history of the lake. */
  async #namedBefore(last: SweepLook | null): Promise<{ named: NamedFiles; number: number }> {
    if (last === null || (await this.#log.read(last.manifest.number))?.hash !== last.manifest.hash)
      return { named: new NamedFiles(), number: 0 };
    return { named: new NamedFiles(last.named), number: last.manifest.number };
  }

  /**
   * Reports the names in every manifest after a number; returns the number of the newest.
   * LAKE_CORRUPT when one is missing below another.
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
      // A missing number looks like the end of the log.
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
   * Data objects of copies, one copy after the other. Chunk records are read only for copies that
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
  return new TailraceError(
    'LAKE_CORRUPT',
    `${manifestKey(number)} is missing, so nothing is swept: the files that it named are not known`,
    {
      hint: 'Restore the object.',
    },
  );
}
