import { TailraceError } from '../../../core/errors.ts';
import type { ListedObject, ObjectFacts, ObjectStore, StoreLocation } from '../../../lake/store/object-store.ts';

/**
 * A store whose process dies after some changes: the last one is done, and no other call ever is.
 * Where it dies between two changes makes no difference.
 */
export class DyingStore implements ObjectStore {
  readonly #inner: ObjectStore;
  #left: number;

  constructor(inner: ObjectStore, changes: number) {
    this.#inner = inner;
    this.#left = changes;
  }

  get isDead(): boolean {
    return this.#left <= 0;
  }

  get location(): StoreLocation {
    return this.#inner.location;
  }

  async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    this.#change();
    return this.#inner.put(key, bytes);
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    this.#change();
    return this.#inner.putStream(key, chunks);
  }

  async replace(key: string, bytes: Uint8Array): Promise<void> {
    this.#change();
    await this.#inner.replace(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | null> {
    this.#read();
    return this.#inner.get(key);
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    this.#read();
    return this.#inner.getRange(key, start, end);
  }

  async head(key: string): Promise<ObjectFacts | null> {
    this.#read();
    return this.#inner.head(key);
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ListedObject> {
    this.#read();
    yield* this.#inner.list(prefix, startAfter);
  }

  async delete(key: string): Promise<void> {
    this.#change();
    await this.#inner.delete(key);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #read(): void {
    if (this.isDead) throw new TailraceError('LAKE_UNAVAILABLE', 'the process is dead');
  }

  #change(): void {
    this.#read();
    this.#left -= 1;
  }
}
