import { wall } from '../../core/time.ts';
import { checkKey } from '../../lake/store/object-store.ts';
import type { ListedObject, ObjectFacts, ObjectStore, StoreLocation } from '../../lake/store/object-store.ts';
import { Wakeups } from '../../lake/store/wakeups.ts';
import { collect } from './collect.ts';

interface Stored {
  readonly bytes: Uint8Array;
  readonly modified: Date;
}

/** Keeps objects in this process; for tests. */
export class MemoryStore implements ObjectStore {
  readonly location: StoreLocation = { kind: 'memory' };
  readonly #objects = new Map<string, Stored>();
  readonly #watchers = new Set<(key: string) => void>();
  readonly #now: () => Date;

  /** `now` dates the objects; tests of what is old give their own. */
  constructor(now: () => Date = () => new Date(wall())) {
    this.#now = now;
  }

  async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    checkKey(key);
    if (this.#objects.has(key)) return 'exists';
    this.#store(key, bytes);
    return 'stored';
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    return this.put(key, Buffer.concat(await collect(chunks)));
  }

  async replace(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key);
    this.#store(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.#objects.get(key)?.bytes.slice() ?? null;
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#objects.get(key)?.bytes.slice(start, Math.max(start, end)) ?? null;
  }

  async head(key: string): Promise<ObjectFacts | null> {
    const stored = this.#objects.get(key);
    return stored === undefined ? null : { bytes: stored.bytes.length, modified: stored.modified };
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<ListedObject> {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).toSorted();
    for (const key of keys) {
      const facts = await this.head(key);
      if (facts !== null) yield { key, ...facts };
    }
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async *watch(prefix: string, signal: AbortSignal): AsyncIterable<void> {
    const wake = new Wakeups();
    const changed = (key: string) => {
      if (key.startsWith(prefix)) wake.ring();
    };
    this.#watchers.add(changed);
    try {
      yield* wake.rings(signal);
    } finally {
      this.#watchers.delete(changed);
    }
  }

  async close(): Promise<void> {}

  #store(key: string, bytes: Uint8Array): void {
    this.#objects.set(key, { bytes: bytes.slice(), modified: this.#now() });
    for (const changed of this.#watchers) changed(key);
  }
}
