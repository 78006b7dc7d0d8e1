import { TailraceError } from '../../core/errors.ts';

/** Where a store keeps its objects; enough for a warehouse to read the same objects by itself. */
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

/** With what a store is reached, for who reads it without this process. */
export interface StoreCredentials {
  readonly keyId: string;
  readonly secret: string;
  /** of temporary ones; null: they are not */
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
 * What writes that were broken off have left where a store needs more than one step for a write;
 * they are no objects.
 */
export interface UnfinishedWrites {
  /** Names of writes that were begun and not ended, of running ones too. */
  list(): AsyncIterable<string>;
  /**
   * Removes what is left of one. If it still runs it fails as if the store were unavailable, and
   * may be repeated.
   */
  remove(name: string): Promise<void>;
}

/**
 * The only thing writers and readers share. object-store.contract.ts is this contract as tests;
 * every store passes it.
 *
 * - Durability: when `put` or `replace` resolves, the object outlives a crash of this process and
 *   of the machine that stores it.
 *   That holds for the answer 'exists' too.
 * - Visibility: whoever reads after that sees the object, whole. No reader ever sees a part of one.
 * - Order: none between concurrent calls. Who needs an order awaits one call before the next.
 * - Idempotence: every call may be repeated. `put` answers 'exists' when the key is taken, also by
 *   an earlier try of the very same call
 *   whose answer was lost (clients retry by themselves), so 'exists' alone does not say whose
 * object it is.
 * - A rejected `put` may have stored its object, at once or later. A rejected read changed nothing.
 * - `list` may lag behind `put`; `get`, `getRange` and `head` do not.
 * - Errors are LAKE_UNAVAILABLE (heals by itself) and LAKE_UNWRITABLE (needs a person). They never
 *   carry a secret.
 */
export interface ObjectStore {
  readonly location: StoreLocation;
  /**
   * Stores the bytes if the key is free and answers whether it was. Of concurrent puts of one key
   * exactly one is 'stored'. The caller leaves the bytes alone until then.
   */
  put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'>;
  /**
   * Stores the bytes whatever was there, in one step. Only for readers' positions: everything else
   * is written once.
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
  /** Removes the object; none there is no error. */
  delete(key: string): Promise<void>;
  /**
   * Yields once when the watch stands, then at least once after changes below `prefix` (a folder,
   * ending in a slash). Ends when the signal is aborted, or early when this place cannot be
   * watched. Stores without it, and changes it cannot see, are polled for.
   */
  watch?(prefix: string, signal: AbortSignal): AsyncIterable<void>;
  readonly unfinished?: UnfinishedWrites;
  /**
   * Those of the next request; they may change at any time. LAKE_UNWRITABLE when there are none.
   * Stores that need none are without it.
   */
  credentials?(): Promise<StoreCredentials>;
  /** Lets go of connections. Calls under way may fail. */
  close(): Promise<void>;
}

const KEY = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Keys are what every store can hold and a URL need not escape; anything else is a defect. */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new TailraceError('INTERNAL', `"${key}" is not an object key`);
}
