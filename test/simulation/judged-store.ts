import { decodeJson } from '../../lake/json-object.ts';
import { manifestNumber, parseSnapshotKey } from '../../lake/keys.ts';
import { z } from 'zod';
import { collect } from '../support/collect.ts';
import { MemoryStore } from '../support/memory-store.ts';

const chunk = z.object({ path: z.string() });
const manifest = z.object({ files: z.array(chunk) });

/**
 * The objects of the lake, and the judge over them: it notes each moment at which an object is
 * named that is not there, or deleted though it is named.
 */
export class JudgedStore extends MemoryStore {
  readonly #wrongs: string[];
  readonly #named = new Set<string>();
  /** Keys in the order in which they were stored. */
  readonly #stored: string[] = [];
  #manifests = 0;

  /** `now`: the store's clock; `wrongs`: where the judge writes. */
  constructor(now: () => Date, wrongs: string[]) {
    super(now);
    this.#wrongs = wrongs;
  }

  /** How many manifests were stored. */
  get manifests(): number {
    return this.#manifests;
  }

  override async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    const answer = await super.put(key, bytes);
    if (answer === 'exists') return answer;
    this.#stored.push(key);
    for (const path of namedBy(key, bytes)) await this.#name(key, path);
    if (manifestNumber(key) !== null) this.#manifests += 1;
    return answer;
  }

  override async delete(key: string): Promise<void> {
    if (this.#named.has(key) && (await this.head(key)) !== null) this.#wrongs.push(`${key} is named, and was deleted`);
    await super.delete(key);
  }

  /** The keys that were stored last. */
  newest(count: number): readonly string[] {
    return this.#stored.slice(-count);
  }

  /** A copy with the same content whose objects are all dated when they are copied. */
  async copyTo(other: JudgedStore): Promise<void> {
    const objects = (await collect(this.list(''))).map(({ key }) => ({ key, isData: key.endsWith('.arrow') }));
    // Each object before what names it.
    for (const { key } of objects.toSorted((a, b) => Number(b.isData) - Number(a.isData)))
      await other.put(key, (await this.get(key)) ?? new Uint8Array());
  }

  async #name(key: string, path: string): Promise<void> {
    this.#named.add(path);
    if ((await this.head(path)) === null) this.#wrongs.push(`${key} names ${path}, which is not there`);
  }
}

function namedBy(key: string, bytes: Uint8Array): string[] {
  if (manifestNumber(key) !== null) return decodeJson(manifest, key, bytes).files.map(({ path }) => path);
  return parseSnapshotKey(key)?.kind === 'chunk' ? [decodeJson(chunk, key, bytes).path] : [];
}
