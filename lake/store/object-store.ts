import { TailraceError } from '../../core/errors.ts';

/** Where a store keeps its objects: enough for a warehouse to read the same objects by itself. */
export type StoreLocation =
  | { readonly kind: 'directory'; /** absolute */ readonly path: string }
  | {
      readonly kind: 's3';
      /** null: the provider's own endpoint for the region */
      readonly endpoint: string | null;
      readonly region: string;
      readonly bucket: string;
      /** '' or ends without a slash */
      readonly prefix: string;
      readonly pathStyle: boolean;
    }
  | { readonly kind: 'memory' };

/** Credentials of a store, for readers outside this process. */
export interface StoreCredentials {
  readonly keyId: string;
  readonly secret: string;
  /** token of temporary ones; null: they are not temporary */
  readonly token: string | null;
}

/** Size and time of last change of one object. */
export interface ObjectFacts {
  readonly bytes: number;
  readonly modified: Date;
}

/** One row of a listing. */
export interface ListedObject extends ObjectFacts {
  readonly key: string;
}

/**
 * Leftovers of writes that broke off, where a store needs more than one step for a write. They are
 * not objects.
 */
export interface UnfinishedWrites {
  /** Names of writes that began and have not ended, running ones included. */
  list(): AsyncIterable<string>;
  /**
   * Removes the leftovers of one. If the write still runs, it fails as if the store were
   * unavailable and may be repeated.
   */
  remove(name: string): Promise<void>;
}

/**
 * The only thing that writers and readers share. object-store.contract.ts is this contract as
 * tests; every store passes it.
 *
 * - Durability: when `put` or `replace` resolves, the object survives a crash of this process and
 *   of the machine that stores it. That includes the answer 'exists'.
 * - Visibility: every later read sees the object, whole. No reader ever sees a part of one.
 * - Order: none between concurrent calls. A caller that needs an order awaits one call before the
 *   next.
 * - Idempotence: every call may be repeated. `put` answers 'exists' when the key is taken, also by
 *   an earlier try of the same call whose answer was lost (clients retry by themselves). So
 *   'exists' alone does not say whose object it is.
 * - A rejected `put` may have stored its object, at once or later. A rejected read changed nothing.
 * - `list` may lag behind `put`; `get`, `getRange` and `head` do not.
 * - Errors are LAKE_UNAVAILABLE (retry) and LAKE_UNWRITABLE (manual action needed). They never
 *   contain a secret.
 */
export interface ObjectStore {
  readonly location: StoreLocation;
  /**
   * Stores the bytes if the key is free, and answers whether it was. Of concurrent puts of one key
   * exactly one is 'stored'. The caller must not change the bytes until then.
   */
  put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'>;
  /**
   * Like `put`, for an object that need not fit in memory. If reading the chunks fails, it rejects
   * and stores nothing. Chunks do not change after they were read.
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'>;
  /**
   * Stores the bytes in one step and replaces any object there. Only for positions of readers: all
   * other objects are written once.
   */
  replace(key: string, bytes: Uint8Array): Promise<void>;
  /** The whole object, or null when there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /**
   * Bytes from `start` (included) to `end` (excluded), cut at the object's end; null when there is
   * no object.
   */
  getRange(key: string, start: number, end: number): Promise<Uint8Array | null>;
  /** Size and time, or null when there is no object. */
  head(key: string): Promise<ObjectFacts | null>;
  /**
   * Objects whose key begins with `prefix` and is greater than `startAfter`, in the byte order of
   * keys.
   */
  list(prefix: string, startAfter?: string): AsyncIterable<ListedObject>;
  /**
   * The keys of `list`, where a store would have to look up the facts of each object. Callers use
   * `keysOf`.
   */
  keys?(prefix: string, startAfter: string): AsyncIterable<string>;
  /** Removes the object; a missing one is no error. */
  delete(key: string): Promise<void>;
  /**
   * Yields once when the watch is set up, then at least once after changes below `prefix` (a
   * folder, ending in a slash). Ends when the signal is aborted, or early when this place cannot be
   * watched. Callers poll stores without it, and for changes that it cannot see.
   */
  watch?(prefix: string, signal: AbortSignal): AsyncIterable<void>;
  readonly unfinished?: UnfinishedWrites;
  /**
   * Credentials of the next request; they may change at any time. LAKE_UNWRITABLE when there are
   * none. Absent where a store needs none.
   */
  credentials?(): Promise<StoreCredentials>;
  /** Closes connections. Calls that are running may fail. */
  close(): Promise<void>;
}

const KEY = /^(?:[A-Za-z0-9_%-][A-Za-z0-9._=%-]*\/)*[A-Za-z0-9_%-][A-Za-z0-9._=%-]*$/;

/**
 * Keys are limited to what every store can hold. Keys of a lake also need no escape in a URL; only
 * folders of an export have `=` and `%`. Any other key is a defect.
 */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new TailraceError('INTERNAL', `"${key}" is not an object key`);
}
