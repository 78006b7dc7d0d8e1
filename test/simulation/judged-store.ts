import { decodeJson } from '../../lake/json-object.ts';
import { manifestNumber, parseSnapshotKey } from '../../lake/keys.ts';
import { z } from 'zod';
import { collect } from '../support/collect.ts';
import { MemoryStore } from '../support/memory-store.ts';
import type { JudgedObjects, LakeJudge } from './lake-judge.ts';

const chunk = z.object({ path: z.string() });

/**
 * The objects of the lake, under the eyes of the judge: it notes each moment at which an object is
 * named that is not there, or deleted though it is named.
 */
export class JudgedStore extends MemoryStore implements JudgedObjects {
  readonly #judge: LakeJudge;
  readonly #wrongs: string[];
  readonly #named = new Set<string>();
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
    const number = manifestNumber(key);
    if (number !== null) this.#judge.manifestStored(key, number, { bytes, objects: this });
    for (const path of this.#namedBy(key, bytes)) this.#name(key, path);
    return answer;
  }

  override async replace(key: string, bytes: Uint8Array): Promise<void> {
    await super.replace(key, bytes);
    this.#contents.set(key, bytes);
  }

  override async delete(key: string): Promise<void> {
    if (this.#named.has(key) && this.#contents.has(key)) this.#wrongs.push(`${key} is named, and was deleted`);
    this.#contents.delete(key);
    await super.delete(key);
  }

  peek(key: string): Uint8Array | null {
    return this.#contents.get(key) ?? null;
  }

  /** The keys that were stored last. */
  newest(count: number): readonly string[] {
    return this.#stored.slice(-count);
  }

  /** A copy with the same content whose objects are all dated when they are copied. */
  async copyTo(other: JudgedStore): Promise<void> {
    const objects = (await collect(this.list(''))).map(({ key }) => ({
      key,
      rank: key.startsWith('stream/') ? 2 : key.endsWith('.arrow') ? 0 : 1,
    }));
    // Each object before what names it.
    for (const { key } of objects.toSorted((a, b) => a.rank - b.rank)) await other.put(key, (await this.get(key)) ?? new Uint8Array());
  }

  #name(key: string, path: string): void {
    this.#named.add(path);
    if (!this.#contents.has(path)) this.#wrongs.push(`${key} names ${path}, which is not there`);
  }

  #namedBy(key: string, bytes: Uint8Array): string[] {
    const number = manifestNumber(key);
    if (number !== null) return this.#judge.decided(number)?.manifest.files.map(({ path }) => path) ?? [];
    return parseSnapshotKey(key)?.kind === 'chunk' ? [decodeJson(chunk, key, bytes).path] : [];
  }
}
