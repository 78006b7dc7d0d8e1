import {
  BASE_PREFIX,
  EPOCH_PREFIX,
  PAGE_PREFIX,
  READERS_PREFIX,
  SNAPSHOT_PREFIX,
  STREAM_PREFIX,
  SWEEP_PREFIX,
  manifestNumber,
  pageKey,
  pageNumber,
  parseBaseKey,
  parseDataKey,
  parseSnapshotKey,
  sweepKey,
  sweepNumber,
} from '../../lake/keys.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import { NamedFiles } from '../../lake/retention/named-files.ts';
import type { SweepLook } from '../../lake/retention/sweep-look.ts';
import type { ListedObject, ObjectFacts } from '../../lake/store/object-store.ts';
import { LakeObjects } from './lake-objects.ts';
import { PAGE_SIZE, linesOnce } from './lake-parts.ts';
import type { LakeJudge } from './lake-judge.ts';
import type { JudgedObjects } from './restore-points.ts';

/**
 * The objects of the lake, under the eyes of the judge: it notes each moment at which an object is
 * named that is not there, or deleted though something needs it.
 */
export class JudgedStore implements JudgedObjects {
  readonly #judge: LakeJudge;
  readonly #wrongs: string[];
  readonly #objects: LakeObjects;
  /** Keys in the order in which they were stored. */
  readonly #stored: string[] = [];

  /** `now`: the store's clock; `wrongs`: where the judge writes. */
  constructor(now: () => Date, judge: LakeJudge, wrongs: string[]) {
    this.#objects = new LakeObjects(now);
    this.#judge = judge;
    this.#wrongs = wrongs;
  }

  /** The same objects with the same dates, for another judge. */
  copy(now: () => Date, judge: LakeJudge, wrongs: string[]): JudgedStore {
    const copied = new JudgedStore(now, judge, wrongs);
    copied.#objects.take(this.#objects);
    return copied;
  }

  /** Stores an object if its key is free. */
  put(key: string, bytes: Uint8Array): 'stored' | 'exists' {
    if (this.#objects.has(key)) return 'exists';
    this.#objects.set(key, bytes);
    this.#stored.push(key);
    this.#date(key);
    this.#see(key, bytes);
    return 'stored';
  }

  replace(key: string, bytes: Uint8Array): void {
    this.#objects.set(key, bytes);
    this.#date(key);
    if (key.startsWith(READERS_PREFIX)) this.#judge.readersChanged(this);
  }

  delete(key: string): void {
    if (!this.#objects.delete(key)) return;
    const number = manifestNumber(key);
    if (number !== null) this.#judge.singleDeleted(number, this.#objects.has(pageKey(Math.floor((number - 1) / PAGE_SIZE))));
    if (key.startsWith('page/')) this.#wrongs.push(`${key} was deleted`);
    const [, tableId = ''] = /^(?:data|snapshot|base)\/([^/]+)\//.exec(key) ?? [];
    if (tableId !== '') this.#judge.deleted(key, tableId, this);
    this.#judge.pins.deleted(key, this);
    this.#judge.small.deleted(key, this);
  }

  peek(key: string): Uint8Array | null {
    return this.#objects.get(key);
  }

  json(key: string): unknown {
    return this.#objects.json(key);
  }

  keys(prefix: string, startAfter?: string): string[] {
    return this.#objects.keys(prefix, startAfter);
  }

  facts(key: string): ObjectFacts | null {
    return this.#objects.facts(key);
  }

  list(prefix: string, startAfter: string, most: number): ListedObject[] {
    return this.#objects.list(prefix, startAfter, most);
  }

  /**
   * Data objects that nothing names and nothing can name any more. Those of the writer of the
   * newest manifest, and of a copy or base that may be continued, are none of them.
   */
  leftovers(): string[] {
    const named = new Set(this.keys('').flatMap((key) => (isChunk(key) ? [this.#chunkPath(key)] : [])));
    const writer = this.#judge.decided(this.#judge.last)?.manifest.writer;
    return this.keys('').filter((key) => {
      const of = parseDataKey(key);
      return of !== null && of.writer !== writer && !named.has(key) && !this.#judge.isNamed(key) && this.#isEnded(key);
    });
  }

  /** Whether the last look has data of batches on its list. */
  listsData(): boolean {
    const looks = this.keys('sweep/').flatMap((key) => sweepNumber(key) ?? []);
    const look = this.json(sweepKey(Math.max(0, ...looks))) as SweepLook | null;
    return Object.keys(look?.condemned?.data ?? {}).length > 0;
  }

  /** False for data of a copy or base that is not whole, and that no whole one follows. */
  #isEnded(key: string): boolean {
    const [, folder, number] = /^((?:snapshot|base)\/[^/]+\/)(\d+)\//.exec(key) ?? [];
    if (folder === undefined) return true;
    return this.keys(folder).some(
      (other) => other.endsWith('/done.json') && Number(other.slice(folder.length).split('/')[0]) >= Number(number),
    );
  }

  /** The keys that were stored last. */
  newest(count: number): readonly string[] {
    return this.#stored.slice(-count);
  }

  /** A copy with the same content whose objects are all dated when they are copied. */
  copyTo(other: JudgedStore): void {
    for (const key of this.keys('')) {
      other.#objects.set(key, this.peek(key) ?? new Uint8Array());
      other.#date(key);
    }
  }

  /** Tells the judge what the store's clock says of an object. */
  #date(key: string): void {
    const { early } = this.#judge;
    const atMs = this.facts(key)?.modified.getTime() ?? 0;
    early.dated(atMs);
    const folder = folderOf(key);
    if (folder === STREAM_PREFIX) {
      const number = manifestNumber(key);
      if (number !== null) early.batchStored(number, atMs);
    } else if (folder === PAGE_PREFIX) {
      const page = pageNumber(key);
      if (page !== null) for (let index = 1; index <= PAGE_SIZE; index += 1) early.batchStored(page * PAGE_SIZE + index, atMs);
    } else if (folder === READERS_PREFIX) {
      const [, reader] = /^readers\/([^/]+)\/position\.json$/.exec(key) ?? [];
      if (reader !== undefined) early.heard(reader, atMs);
    } else if (folder === SWEEP_PREFIX && sweepNumber(key) !== null) {
      const { condemned } = this.json(key) as Partial<SweepLook>;
      early.looked(new NamedFiles(condemned?.data), atMs);
    }
  }

  #see(key: string, bytes: Uint8Array): void {
    const folder = folderOf(key);
    if (folder === STREAM_PREFIX) this.#seeManifest(key, bytes);
    else if (folder === PAGE_PREFIX) this.#seePage(key, bytes);
    else if (folder === SWEEP_PREFIX && sweepNumber(key) !== null) this.#judge.looked(this);
    else if (folder === READERS_PREFIX) this.#seeReader(key);
    else if (folder === BASE_PREFIX) this.#seeBase(key);
    else if (folder === SNAPSHOT_PREFIX) this.#seeCopy(key);
    else if (folder === EPOCH_PREFIX) this.#judge.epochBegan((this.json(key) as EpochInfo).epoch);
  }

  #seeManifest(key: string, bytes: Uint8Array): void {
    const number = manifestNumber(key);
    if (number !== null) this.#judge.manifestStored(key, number, { bytes, objects: this });
  }

  #seePage(key: string, bytes: Uint8Array): void {
    const page = pageNumber(key);
    if (page !== null) this.#judge.pageStored(key, { first: page * PAGE_SIZE + 1, lines: linesOnce(page, bytes) });
  }

  #seeReader(key: string): void {
    const [, expired] = /^readers\/([^/]+)\/expired-\d+\.json$/.exec(key) ?? [];
    if (expired !== undefined) this.#judge.early.expired(expired);
    if (!key.includes('/lease-')) this.#judge.readersChanged(this);
  }

  #seeBase(key: string): void {
    const base = parseBaseKey(key);
    if (base?.kind === 'proof' || base?.kind === 'done') this.#judge.based(base, this);
  }

  #seeCopy(key: string): void {
    const copy = parseSnapshotKey(key);
    if (copy?.kind === 'done') this.#judge.judgeTable(copy.tableId, this, `after ${key} was stored,`);
    if (copy?.kind !== 'chunk') return;
    const path = this.#chunkPath(key);
    if (!this.#objects.has(path)) this.#wrongs.push(`${key} names ${path}, which is not there`);
  }

  /** The data object that a record of a chunk names. */
  #chunkPath(key: string): string {
    return (this.json(key) as { readonly path: string }).path;
  }
}

/** The folder of the lake that an object is in, with its slash. */
function folderOf(key: string): string {
  return key.slice(0, key.indexOf('/') + 1);
}

function isChunk(key: string): boolean {
  return parseSnapshotKey(key)?.kind === 'chunk' || parseBaseKey(key)?.kind === 'chunk';
}
