import { TailraceError } from '../../core/errors.ts';
import { BASE_PREFIX, DATA_PREFIX, SNAPSHOT_PREFIX, generationPrefix, manifestKey, parseBaseKey, parseSnapshotKey } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { StoredManifest } from '../manifest.ts';
import { namedChunks, readChunks } from '../snapshot-log.ts';
import type { CopyName } from '../snapshot-log.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';
import type { BaseNames } from './base-names.ts';
import { NamedFiles } from './named-files.ts';
import type { Size, SweepLook } from './sweep-look.ts';
import { Unnamed } from './unnamed.ts';

const CONCURRENT_READS = 8;

/** What exists and is unnamed at one moment, and what manifests say of tables. */
export interface LakeScan {
  readonly manifest: SweepLook['manifest'];
  readonly named: NamedFiles;
  readonly unnamed: readonly ListedObject[];
  readonly unfinished: readonly string[];
  /** Tables of the manifests that were read, by id. */
  readonly tables: ReadonlyMap<string, string>;
  readonly dropped: ReadonlyMap<string, number>;
  readonly size: Size;
  /** False: the last look was at another history of the lake, or knew no floors. */
  readonly continues: boolean;
}

export interface ScanOptions {
  readonly store: ObjectStore;
  readonly log: ManifestLog;
  readonly baseNames: BaseNames;
  readonly graceMs: number;
  /** By the clock of the store. */
  readonly storeNowMs: number;
}

/**
 * Lists the whole lake and reads the names in all manifests that are new since the last look.
 * Null in a lake without a manifest: there, a running writer cannot be told from a dead one.
 * LAKE_CORRUPT when a manifest is missing: the names in it are not known.
 */
export async function scanLake(options: ScanOptions, last: SweepLook | null): Promise<LakeScan | null> {
  return new Scanning(options).scan(last);
}

interface ListedCopy {
  readonly of: CopyName;
  readonly objects: ListedObject[];
  records: number;
  done: boolean;
}

/** What is below `base/` for one table. */
interface ListedTable {
  readonly tableId: string;
  readonly objects: ListedObject[];
  readonly numbers: Set<number>;
  /** Numbers of finished bases. */
  readonly done: Set<number>;
}

class Scanning {
  readonly #options: ScanOptions;
  readonly #unnamed: Unnamed;
  readonly #tables = new Map<string, string>();
  readonly #dropped = new Map<string, number>();
  readonly #copies = new Map<string, ListedCopy>();
  /** The table whose bases are listed. */
  #table: ListedTable | null = null;
  #objects = 0;
  #bytes = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#unnamed = new Unnamed(options.storeNowMs, options.graceMs);
  }

  async scan(last: SweepLook | null): Promise<LakeScan | null> {
    const { store, log } = this.#options;
    const unfinished: string[] = [];
    for await (const name of store.unfinished?.list() ?? []) unfinished.push(name);
    const continues = last?.floors !== undefined && (await log.read(last.manifest.number))?.hash === last.manifest.hash;
    const named = new NamedFiles(continues ? last.named : {});
    if (continues) for (const [tableId, at] of Object.entries(last.dropped ?? {})) this.#dropped.set(tableId, at);
    const known = await this.#readOn(continues ? last.manifest.number : 0, (path) => named.add(path));
    for await (const object of store.list('')) {
      this.#objects += 1;
      this.#bytes += object.bytes;
      const { key } = object;
      if (key.startsWith(DATA_PREFIX)) this.#unnamed.see(object, named.has(key));
      else if (key.startsWith(BASE_PREFIX)) await this.#seeBase(object);
      else if (key.startsWith(SNAPSHOT_PREFIX)) this.#seeCopy(object);
    }
    if (this.#table !== null) await this.#judgeBases(this.#table);
    await this.#judgeCopies();
    // The names are read after the listing, so what was named in between counts.
    const newest = await this.#readOn(known, (path) => {
      named.add(path);
      this.#unnamed.name(path);
    });
    // A missing number looks like the end of the log. The next look reads later manifests.
    await log.requireNoHole(newest + 1);
    if (newest === 0) return null;
    const { writer, hash } = await this.#manifest(newest);
    const size = { objects: this.#objects, bytes: this.#bytes };
    const found = { tables: this.#tables, dropped: this.#dropped, size, continues };
    return { manifest: { number: newest, hash }, named, unnamed: this.#unnamed.leftovers(writer), unfinished, ...found };
  }

  /** Reads every manifest after a number, up to one that is missing; returns that of the newest. */
  async #readOn(after: number, tell: (path: string) => void): Promise<number> {
    let newest = after;
    // Most often there is nothing new.
    for (let width = 1; ; width = Math.min(width * 2, CONCURRENT_READS)) {
      const numbers = Array.from({ length: width }, (_, index) => newest + 1 + index);
      for (const found of await Promise.all(numbers.map((number) => this.#options.log.read(number)))) {
        if (found?.number !== newest + 1) break;
        newest = found.number;
        this.#note(found, tell);
      }
      if (newest !== numbers.at(-1)) return newest;
    }
  }

  #note({ number, files, catalog }: StoredManifest, tell: (path: string) => void): void {
    for (const { path, tableId, table } of files) {
      tell(path);
      this.#tables.set(tableId, table);
    }
    for (const { kind, tableId, table } of catalog) {
      if (kind === 'dropped') this.#dropped.set(tableId, number);
      else this.#dropped.delete(tableId);
      if (kind === 'dropped' || kind === 'published') this.#tables.set(tableId, table);
    }
  }

  async #manifest(number: number): Promise<StoredManifest> {
    const found = await this.#options.log.read(number);
    if (found === null) throw missing(number);
    return found;
  }

  #seeCopy(object: ListedObject): void {
    const of = parseSnapshotKey(object.key);
    if (of === null) return;
    const copy = this.#copies.get(generationPrefix(of)) ?? { of, objects: [], records: 0, done: false };
    this.#copies.set(generationPrefix(of), copy);
    if (of.kind === 'chunk') copy.records += 1;
    if (of.kind === 'done') copy.done = true;
    if (of.kind === 'data') copy.objects.push(object);
  }

  async #judgeCopies(): Promise<void> {
    const newest = new Map<string, number>();
    for (const { of, done } of this.#copies.values())
      if (done) newest.set(of.tableId, Math.max(of.generation, newest.get(of.tableId) ?? 0));
    for (const copy of this.#copies.values()) await this.#judgeCopy(copy, newest.get(copy.of.tableId) ?? 0);
  }

  /**
   * Data of a copy that may still get a chunk record counts as named: its writer may be frozen
   * right before the put of one. Records are read only where some are missing. `newest`: the newest
   * finished copy of the table.
   */
  async #judgeCopy({ of, objects, records, done }: ListedCopy, newest: number): Promise<void> {
    const ended = done || of.generation < newest;
    const named = ended && objects.length > records ? await this.#namedOf(of, done) : null;
    for (const object of objects) this.#unnamed.see(object, named?.has(object.key) ?? true);
  }

  /**
   * Names in the records of a copy. Those of a finished one are read by number: a listing may lag.
   */
  async #namedOf(of: CopyName, done: boolean): Promise<Set<string>> {
    const { store } = this.#options;
    const inOrder = done ? await readChunks(store, of, { after: 0, upTo: Number.MAX_SAFE_INTEGER }) : [];
    const others = await namedChunks(store, of, inOrder.length);
    return new Set([...inOrder, ...others].map(({ path }) => path));
  }

  /** A base may name objects of earlier ones, so those of a table are judged together. */
  async #seeBase(object: ListedObject): Promise<void> {
    const of = parseBaseKey(object.key);
    if (of === null) return;
    const before = this.#table;
    if (before !== null && before.tableId !== of.tableId) await this.#judgeBases(before);
    const table =
      before?.tableId === of.tableId ? before : { tableId: of.tableId, objects: [], numbers: new Set<number>(), done: new Set<number>() };
    this.#table = table;
    table.numbers.add(of.n);
    if (of.kind === 'done') table.done.add(of.n);
    if (of.kind === 'data') table.objects.push(object);
  }

  /** Data of a base that may still be finished counts as named. */
  async #judgeBases({ tableId, objects, numbers, done }: ListedTable): Promise<void> {
    const lastDone = Math.max(0, ...done);
    const isJudged = ({ key }: ListedObject): boolean => (parseBaseKey(key)?.n ?? 0) <= lastDone;
    const named = new Set<string>();
    if (objects.some(isJudged))
      for (const n of numbers) for (const path of await this.#options.baseNames.of({ tableId, n, done: done.has(n) })) named.add(path);
    for (const object of objects) this.#unnamed.see(object, named.has(object.key) || !isJudged(object));
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
