import type { ListedObject, ObjectFacts, ObjectStore, StoreLocation } from '../../lake/store/object-store.ts';
import { collect } from '../support/collect.ts';
import type { Random } from '../world/random.ts';
import type { Calls } from './calls.ts';
import type { JudgedStore } from './judged-store.ts';

/** How many keys an answer to a listing has, at most. A lake of a schedule has some hundreds. */
const PAGE_KEYS = 100;
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
    return this.#call(`put ${key}`, () => this.#store.put(key, bytes));
  }

  /** Data of a base. A disk may store other rows than it was given. */
  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    const bytes = Buffer.concat(await collect(chunks));
    return this.put(key, this.#random.chance(0.1) ? withoutLastRow(bytes) : bytes);
  }

  replace(key: string, bytes: Uint8Array): Promise<void> {
    return this.#call(`replace ${key}`, () => this.#store.replace(key, bytes));
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.#call(`get ${key}`, () => this.#store.peek(key), READS);
  }

  getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#call(
      `get ${key} from ${start} to ${end}`,
      () => this.#store.peek(key)?.subarray(start, Math.max(start, end)) ?? null,
      READS,
    );
  }

  head(key: string): Promise<ObjectFacts | null> {
    return this.#call(`head ${key}`, () => this.#store.facts(key), READS);
  }

  list(prefix: string, startAfter = ''): AsyncIterable<ListedObject> {
    return new Answered(
      (after) =>
        this.#list(
          prefix,
          () => this.#store.list(prefix, after, PAGE_KEYS),
          ({ key }) => key,
        ),
      startAfter,
    );
  }

  keys(prefix: string, startAfter: string): AsyncIterable<string> {
    return new Answered(
      (after) =>
        this.#list(
          prefix,
          () => this.#store.keys(prefix, after).slice(0, PAGE_KEYS),
          (key) => key,
        ),
      startAfter,
    );
  }

  delete(key: string): Promise<void> {
    return this.#call(`delete ${key}`, () => this.#store.delete(key));
  }

  async close(): Promise<void> {}

  #list<T>(prefix: string, list: () => T[], keyOf: (item: T) => string): Promise<ListedPage<T>> {
    const shown = (): ListedPage<T> => {
      const items = list();
      const last = items[PAGE_KEYS - 1];
      const next = last === undefined ? null : keyOf(last);
      const hidden = this.#lags() ? this.#store.newest(LAG_OBJECTS).filter(() => this.#random.chance(0.2)) : [];
      return { items: hidden.length === 0 ? items : items.filter((item) => !hidden.includes(keyOf(item))), next };
    };
    return this.#call(`list ${prefix}`, shown, READS);
  }

  #call<T>(what: string, work: () => T, fragility = 1): Promise<T> {
    return this.#calls.make(this.#process, what, work, { fragility });
  }
}

/** One answer to a listing. */
interface ListedPage<T> {
  readonly items: readonly T[];
  /** The next answer begins after this key; null: there is none. */
  readonly next: string | null;
}

/** The items of the answers. A generator would take three turns of the queue for each of them. */
class Answered<T> implements AsyncIterable<T>, AsyncIterator<T> {
  readonly #ask: (startAfter: string) => Promise<ListedPage<T>>;
  #page: ListedPage<T>;
  #at = 0;

  constructor(ask: (startAfter: string) => Promise<ListedPage<T>>, startAfter: string) {
    this.#ask = ask;
    this.#page = { items: [], next: startAfter };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#at === this.#page.items.length && this.#page.next !== null) {
      this.#page = await this.#ask(this.#page.next);
      this.#at = 0;
    }
    const value = this.#page.items[this.#at];
    this.#at += 1;
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }
}

function withoutLastRow(bytes: Uint8Array): Uint8Array {
  const rows = JSON.parse(Buffer.from(bytes).toString()) as unknown[];
  return Buffer.from(JSON.stringify(rows.slice(0, -1)));
}
