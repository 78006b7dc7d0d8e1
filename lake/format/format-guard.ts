import { TailraceError } from '../../core/errors.ts';
import { moment, systemTime } from '../../core/time.ts';
import type { Moment, Time } from '../../core/time.ts';
import { KnownFormat, isRecentLook } from './format.ts';
import { readLake } from '../lake-identity.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ListedObject, ObjectFacts, ObjectStore, StoreCredentials, StoreLocation, UnfinishedWrites } from '../store/object-store.ts';

/**
 * A store of a lake for a process that may run for long. At its first call, and then once a minute,
 * it looks at the format before it does anything: LAKE_TOO_NEW when a feature was turned on that
 * this program does not know. So a process that was frozen while others upgraded the lake writes
 * nothing when it wakes.
 */
export class FormatGuard implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #format: KnownFormat;
  readonly #time: Time;
  #looked: Moment | null = null;
  #looking: Promise<void> | null = null;
  readonly unfinished?: UnfinishedWrites;
  readonly credentials?: () => Promise<StoreCredentials>;
  readonly watch?: (prefix: string, signal: AbortSignal) => AsyncIterable<void>;

  constructor(inner: ObjectStore, time: Time = systemTime) {
    this.#inner = inner;
    this.#format = new KnownFormat(inner, time);
    this.#time = time;
    if (inner.unfinished !== undefined) this.unfinished = inner.unfinished;
    if (inner.credentials !== undefined) this.credentials = inner.credentials.bind(inner);
    if (inner.watch !== undefined) this.watch = inner.watch.bind(inner);
  }

  get location(): StoreLocation {
    return this.#inner.location;
  }

  async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    await this.#look();
    return this.#inner.put(key, bytes);
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    await this.#look();
    return this.#inner.putStream(key, chunks);
  }

  async replace(key: string, bytes: Uint8Array): Promise<void> {
    await this.#look();
    return this.#inner.replace(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | null> {
    await this.#look();
    return this.#inner.get(key);
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    await this.#look();
    return this.#inner.getRange(key, start, end);
  }

  async head(key: string): Promise<ObjectFacts | null> {
    await this.#look();
    return this.#inner.head(key);
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ListedObject> {
    await this.#look();
    yield* this.#inner.list(prefix, startAfter);
  }

  async *keys(prefix: string, startAfter: string): AsyncIterable<string> {
    await this.#look();
    yield* keysOf(this.#inner, prefix, startAfter);
  }

  async delete(key: string): Promise<void> {
    await this.#look();
    return this.#inner.delete(key);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /**
   * What an error of the work means. Something that a later version has written in a form of its
   * own looks damaged: then it is LAKE_TOO_NEW in place of LAKE_CORRUPT.
   */
  async meaningOf(error: unknown): Promise<unknown> {
    if (!(error instanceof TailraceError) || error.code !== 'LAKE_CORRUPT') return error;
    return this.#lookNow().then(
      () => error,
      (found: unknown) => (found instanceof TailraceError && found.code === 'LAKE_TOO_NEW' ? found : error),
    );
  }

  /** One look at a time, however many calls wait for it. */
  async #look(): Promise<void> {
    if (isRecentLook(this.#looked, this.#time)) return;
    this.#looking ??= this.#lookNow().finally(() => (this.#looking = null));
    await this.#looking;
  }

  async #lookNow(): Promise<void> {
    const began = moment(this.#time);
    const lake = await readLake(this.#inner, null, () => this.#format.look());
    // One that is made later may have any format.
    if (lake !== null) this.#looked = began;
  }
}
