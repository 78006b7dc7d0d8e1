import type { ListedObject, ObjectFacts, ObjectStore, StoreLocation } from '../../lake/store/object-store.ts';
import { collect } from '../support/collect.ts';
import type { Random } from '../world/random.ts';
import type { Calls } from './calls.ts';
import type { JudgedStore } from './judged-store.ts';

/** A listing may not show the last objects that were stored. */
const LAG_OBJECTS = 3;
/** How often reads fail, as a multiple of the usual part. */
const READS = 0.1;

/** The lake as one process sees it: each call ends when chance has it. */
export class ProcessStore implements ObjectStore {
  readonly location: StoreLocation = { kind: 'memory' };
  readonly #store: JudgedStore;
  readonly #calls: Calls;
  readonly #process: string;
  readonly #random: Random;
  readonly #lags: () => boolean;

  /** `lags`: whether listings lag now. */
  constructor(store: JudgedStore, of: { calls: Calls; process: string; random: Random; lags: () => boolean }) {
    this.#store = store;
    this.#calls = of.calls;
    this.#process = of.process;
    this.#random = of.random;
    this.#lags = of.lags;
  }

  put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    const content = bytes.slice();
    return this.#call(`put ${key}`, () => this.#store.put(key, content));
  }

  /** Data of a base. A disk may store other rows than it was given. */
  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    const bytes = Buffer.concat(await collect(chunks));
    return this.put(key, this.#random.chance(0.05) ? withoutLastRow(bytes) : bytes);
  }

  replace(key: string, bytes: Uint8Array): Promise<void> {
    const content = bytes.slice();
    return this.#call(`replace ${key}`, () => this.#store.replace(key, content));
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.#call(`get ${key}`, () => this.#store.get(key), READS);
  }

  getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#call(`get ${key} from ${start} to ${end}`, () => this.#store.getRange(key, start, end), READS);
  }

  head(key: string): Promise<ObjectFacts | null> {
    return this.#call(`head ${key}`, () => this.#store.head(key), READS);
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ListedObject> {
    yield* await this.#call(
      `list ${prefix}`,
      async () => {
        const hidden = new Set(this.#lags() ? this.#store.newest(LAG_OBJECTS).filter(() => this.#random.chance(0.2)) : []);
        const objects = await collect(this.#store.list(prefix, startAfter));
        return objects.filter(({ key }) => !hidden.has(key));
      },
      READS,
    );
  }

  delete(key: string): Promise<void> {
    return this.#call(`delete ${key}`, () => this.#store.delete(key));
  }

  async close(): Promise<void> {}

  #call<T>(what: string, work: () => Promise<T>, fragility = 1): Promise<T> {
    return this.#calls.make(this.#process, what, work, fragility);
  }
}

function withoutLastRow(bytes: Uint8Array): Uint8Array {
  const rows = JSON.parse(Buffer.from(bytes).toString()) as unknown[];
  return Buffer.from(JSON.stringify(rows.slice(0, -1)));
}
