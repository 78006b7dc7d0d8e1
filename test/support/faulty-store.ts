import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../core/errors.ts';
import type {
  ListedObject,
  ObjectFacts,
  ObjectStore,
  StoreLocation,
  StoreCredentials,
  UnfinishedWrites,
} from '../../lake/store/object-store.ts';

export type StoreOperation = 'put' | 'putStream' | 'replace' | 'get' | 'getRange' | 'head' | 'list' | 'delete';

/** What goes wrong with a call. */
type StoreFault =
  /** Nothing is done; the call is rejected. */
  | { readonly kind: 'reject'; readonly error?: Error }
  /** It is done, but the answer is lost: the call is rejected. */
  | { readonly kind: 'failAfterWrite' }
  /** It is done `ms` later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** It is done when `until` resolves. `onHeld` is called when a call arrives. */
  | { readonly kind: 'hold'; readonly until: Promise<void>; readonly onHeld?: () => void }
  /** A listing does not show what was put since the fault was set. */
  | { readonly kind: 'staleList' };

/**
 * Which calls a fault meets: the first `times` (default: all) of the operation whose key or prefix
 * matches.
 */
export interface FaultRule {
  readonly on: StoreOperation;
  readonly key?: RegExp;
  readonly times?: number;
  readonly fault: StoreFault;
}

interface ArmedRule extends FaultRule {
  left: number;
  readonly hidden: Set<string>;
}

/** Any store, with faults as values. `calls` is what was asked of it. */
export class FaultyStore implements ObjectStore {
  readonly calls: { readonly operation: StoreOperation; readonly key: string }[] = [];
  readonly #inner: ObjectStore;
  #rules: ArmedRule[] = [];
  readonly unfinished?: UnfinishedWrites;
  readonly credentials?: () => Promise<StoreCredentials>;
  readonly watch?: (prefix: string, signal: AbortSignal) => AsyncIterable<void>;

  constructor(inner: ObjectStore) {
    this.#inner = inner;
    if (inner.unfinished !== undefined) this.unfinished = inner.unfinished;
    if (inner.credentials !== undefined) this.credentials = inner.credentials.bind(inner);
    if (inner.watch !== undefined) this.watch = inner.watch.bind(inner);
  }

  get location(): StoreLocation {
    return this.#inner.location;
  }

  /** Sets a fault; calling the answer takes it away. */
  set(rule: FaultRule): () => void {
    const armed = { ...rule, left: rule.times ?? Number.POSITIVE_INFINITY, hidden: new Set<string>() };
    this.#rules.push(armed);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== armed);
    };
  }

  /** Takes all faults away. */
  heal(): void {
    this.#rules = [];
  }

  async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    return this.#call('put', key, async () => {
      const answer = await this.#inner.put(key, bytes);
      if (answer === 'stored') for (const rule of this.#rules) rule.hidden.add(key);
      return answer;
    });
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    return this.#call('putStream', key, () => this.#inner.putStream(key, chunks));
  }

  async replace(key: string, bytes: Uint8Array): Promise<void> {
    return this.#call('replace', key, () => this.#inner.replace(key, bytes));
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.#call('get', key, () => this.#inner.get(key));
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    return this.#call('getRange', key, () => this.#inner.getRange(key, start, end));
  }

  async head(key: string): Promise<ObjectFacts | null> {
    return this.#call('head', key, () => this.#inner.head(key));
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ListedObject> {
    const stale = this.#rules.find((rule) => rule.fault.kind === 'staleList' && this.#matches(rule, 'list', prefix));
    await this.#call('list', prefix, async () => undefined);
    for await (const object of this.#inner.list(prefix, startAfter)) {
      if (stale === undefined || !stale.hidden.has(object.key)) yield object;
    }
  }

  async delete(key: string): Promise<void> {
    return this.#call('delete', key, () => this.#inner.delete(key));
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #matches(rule: ArmedRule, operation: StoreOperation, key: string): boolean {
    return rule.on === operation && rule.left > 0 && (rule.key?.test(key) ?? true);
  }

  async #call<T>(operation: StoreOperation, key: string, run: () => Promise<T>): Promise<T> {
    this.calls.push({ operation, key });
    const rule = this.#rules.find((candidate) => this.#matches(candidate, operation, key));
    if (rule === undefined) return run();
    rule.left -= 1;
    return withFault(rule.fault, `${operation} ${key}`, run);
  }
}

async function withFault<T>(fault: StoreFault, call: string, run: () => Promise<T>): Promise<T> {
  switch (fault.kind) {
    case 'reject':
      throw fault.error ?? new TailraceError('LAKE_UNAVAILABLE', `${call} failed by order of the test`);
    case 'failAfterWrite':
      await run();
      throw new TailraceError('LAKE_UNAVAILABLE', `the answer to ${call} was lost by order of the test`);
    case 'slow':
      await sleep(fault.ms);
      return run();
    case 'hold':
      fault.onHeld?.();
      await fault.until;
      return run();
    case 'staleList':
      return run();
    default:
      throw new Error(`unknown fault ${String(fault satisfies never)}`);
  }
}
