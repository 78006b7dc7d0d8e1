import type { ListedObject, ObjectFacts, ObjectStore, StoreLocation } from '../../lake/store/object-store.ts';
import { collect } from '../support/collect.ts';
import type { Random } from '../world/random.ts';
import type { Calls } from './calls.ts';
import type { JudgedStore } from './judged-store.ts';

/** A listing may not show the last objects that were stored. */
const LAG_OBJECTS = 3;

/** The lake as one process sees it: each call ends when chance has it. */
export class ProcessStore implements ObjectStore {
  readonly location: StoreLocation = { kind: 'memory' };
  readonly #store: JudgedStore;
  readonly #calls: Calls;
  readonly #process: string;
  readonly #random: Random;

  constructor(store: JudgedStore, { calls, process, random }: { calls: Calls; process: string; random: Random }) {
    this.#store = store;
    this.#calls = calls;
    this.#process = process;
    this.#random = random;
  }

  put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    const content = bytes.slice();
    return this.#call(`put ${key}`, () => this.#store.put(key, content));
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    return this.put(key, Buffer.concat(await collect(chunks)));
  }

  replace(key: string, bytes: Uint8Array): Promise<void> {
    const content = bytes.slice();
    return this.#call(`replace ${key}`, () => this.#store.replace(key, content));
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.#call(`get ${key}`, () => this.#store.get(key));
  }

  getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#call(`get ${key} from ${start} to ${end}`, () => this.#store.getRange(key, start, end));
  }

  head(key: string): Promise<ObjectFacts | null> {
    return this.#call(`head ${key}`, () => this.#store.head(key));
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ListedObject> {
    yield* await this.#call(`list ${prefix}`, async () => {
      const hidden = new Set(this.#store.newest(LAG_OBJECTS).filter(() => this.#random.chance(0.2)));
      const objects = await collect(this.#store.list(prefix, startAfter));
      return objects.filter(({ key }) => !hidden.has(key));
    });
  }

  delete(key: string): Promise<void> {
    return this.#call(`delete ${key}`, () => this.#store.delete(key));
  }

  async close(): Promise<void> {}

  #call<T>(what: string, work: () => Promise<T>): Promise<T> {
    return this.#calls.make(this.#process, what, work);
  }
}
