import { decodeJson } from '../../lake/json-object.ts';
import { READERS_PREFIX, manifestNumber, pageKey, parseBaseKey, parseDataKey, parseSnapshotKey, sweepNumber } from '../../lake/keys.ts';
import { decodePage } from '../../lake/pages/manifest-page.ts';
import { z } from 'zod';
import { MemoryStore } from '../support/memory-store.ts';
import { PAGE_SIZE } from './lake-parts.ts';
import type { LakeJudge } from './lake-judge.ts';
import type { JudgedObjects } from './restore-points.ts';

const chunk = z.object({ path: z.string() });

/**
 * The objects of the lake, under the eyes of the judge: it notes each moment at which an object is
 * named that is not there, or deleted though something needs it.
 */
export class JudgedStore extends MemoryStore implements JudgedObjects {
  readonly #judge: LakeJudge;
  readonly #wrongs: string[];
  readonly #contents = new Map<string, Uint8Array>();
  /** Keys in the order in which they were stored. */
  readonly #stored: string[] = [];

  /** `now`: the store's clock; `wrongs`: where the judge writes. */
  constructor(now: () => Date, judge: LakeJudge, wrongs: string[]) {
    super(now);
    this.#judge = judge;
    this.#wrongs = wrongs;
  }

  override async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    const answer = await super.put(key, bytes);
    if (answer === 'exists') return answer;
    this.#stored.push(key);
    this.#contents.set(key, bytes);
    this.#see(key, bytes);
    return answer;
  }

  override async replace(key: string, bytes: Uint8Array): Promise<void> {
    await super.replace(key, bytes);
    this.#contents.set(key, bytes);
    if (key.startsWith(READERS_PREFIX)) this.#judge.readersChanged(this);
  }

  override async delete(key: string): Promise<void> {
    const wasThere = this.#contents.delete(key);
    await super.delete(key);
    if (!wasThere) return;
    const number = manifestNumber(key);
    if (number !== null) this.#judge.singleDeleted(number, this.#contents.has(pageKey(Math.floor((number - 1) / PAGE_SIZE))));
    if (key.startsWith('page/')) this.#wrongs.push(`${key} was deleted`);
    const [, tableId = ''] = /^(?:data|snapshot|base)\/([^/]+)\//.exec(key) ?? [];
    if (tableId !== '') this.#judge.deleted(key, tableId, this);
  }

  peek(key: string): Uint8Array | null {
    return this.#contents.get(key) ?? null;
  }

  keys(prefix: string): string[] {
    return [...this.#contents.keys()].filter((key) => key.startsWith(prefix));
  }

  /**
   * Data objects that nothing names and nothing can name any more. Those of the writer of the
   * newest manifest, and of a copy or base that may be continued, are none of them.
   */
  leftovers(): string[] {
    const named = new Set(
      this.keys('').flatMap((key) => (isChunk(key) ? [decodeJson(chunk, key, this.peek(key) ?? new Uint8Array()).path] : [])),
    );
    const writer = this.#judge.decided(this.#judge.last)?.manifest.writer;
    return this.keys('').filter((key) => {
      const of = parseDataKey(key);
      return of !== null && of.writer !== writer && !named.has(key) && !this.#judge.isNamed(key) && this.#isEnded(key);
    });
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
  async copyTo(other: JudgedStore): Promise<void> {
    for (const [key, bytes] of this.#contents) await other.#restore(key, bytes);
  }

  async #restore(key: string, bytes: Uint8Array): Promise<void> {
    await super.put(key, bytes);
    this.#contents.set(key, bytes);
  }

  #see(key: string, bytes: Uint8Array): void {
    const number = manifestNumber(key);
    if (number !== null) this.#judge.manifestStored(key, number, { bytes, objects: this });
    const page = /^page\/(\d+)\.json\.zst$/.exec(key)?.[1];
    if (page !== undefined)
      this.#judge.pageStored(key, { first: Number(page) * PAGE_SIZE + 1, lines: decodePage(Number(page), bytes, PAGE_SIZE) });
    if (sweepNumber(key) !== null) this.#judge.looked(this);
    if (key.startsWith(READERS_PREFIX)) this.#judge.readersChanged(this);
    const base = parseBaseKey(key);
    if (base?.kind === 'proof') this.#judge.proven(base, this);
    const copy = parseSnapshotKey(key);
    if (copy?.kind === 'done') this.#judge.judgeTable(copy.tableId, this, `after ${key} was stored,`);
    if (copy?.kind !== 'chunk') return;
    const { path } = decodeJson(chunk, key, bytes);
    if (!this.#contents.has(path)) this.#wrongs.push(`${key} names ${path}, which is not there`);
  }
}

function isChunk(key: string): boolean {
  return parseSnapshotKey(key)?.kind === 'chunk' || parseBaseKey(key)?.kind === 'chunk';
}
