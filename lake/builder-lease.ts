import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BuilderHold, BuilderLock, HoldOptions } from '../core/builder-hold.ts';
import { TailraceError } from '../core/errors.ts';
import { abortableSleep } from '../core/loop.ts';
import { elapsed, isoTime, wall } from '../core/time.ts';
import { encodeJson, putJson, readJson } from './json-object.ts';
import { builderBeatKey, builderLeaseKey, builderPrefix } from './keys.ts';
import { keysOf } from './store/keys-of.ts';
import type { ObjectStore } from './store/object-store.ts';

/** Times of a lease, by a clock that never steps. */
interface LeasePace {
  /** Time between two signs of life. */
  readonly beatMs: number;
  /** A holder without a sign of life for this long has lost its lease. */
  readonly silentMs: number;
}

/** Each sign of life costs money on S3. */
const PACE: LeasePace = { beatMs: 10_000, silentMs: 45_000 };
const LOOK_EVERY_MS = 1_000;

const lease = z.object({ n: z.int().positive(), by: z.string(), at: z.string() });
/** The one object of a lock that changes: the last sign of life of its holder. */
const signOfLife = z.object({ n: z.int().nonnegative(), at: z.string(), released: z.boolean() });
type SignOfLife = z.infer<typeof signOfLife>;

/** What is needed to take a lock. */
export interface LeaseOptions {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly lock: BuilderLock;
  /** Default: a sign of life every 10 s, lost after 45 s without one. */
  readonly pace?: LeasePace;
}

/**
 * Takes a lock of the builders of a warehouse on a server, where no connection can stand for it.
 * Numbered objects, each put only if absent, decide who has it. The holder shows signs of life
 * until it frees the lock. Another process takes the next number once the lock is free, or once it
 * has seen no sign of life for a while. A holder that stood still for that time learns at its next
 * sign of life that its lease is lost.
 * Errors: TRANSFORM_IN_USE, and those of the store.
 */
export async function holdLease(options: LeaseOptions, { wait, signal = new AbortController().signal }: HoldOptions): Promise<BuilderHold> {
  const { warehouseId, lock, pace = PACE } = options;
  const by = randomBytes(8).toString('hex');
  let heard = await lastSign(options, 0);
  for (let heardAtMs = elapsed(); ;) {
    if (heard.released || elapsed() - heardAtMs >= pace.silentMs) {
      const n = heard.n + 1;
      if (await take(options, { n, by })) return beginLease(options, n);
    }
    if (!wait || signal.aborted)
      throw new TailraceError('TRANSFORM_IN_USE', `another process holds the ${lock} of warehouse ${warehouseId}`);
    await abortableSleep(Math.min(LOOK_EVERY_MS, pace.beatMs), signal);
    const now = await lastSign(options, heard.n);
    if (now.n !== heard.n || now.at !== heard.at || now.released !== heard.released) [heard, heardAtMs] = [now, elapsed()];
  }
}

/**
 * The last sign of life of the newest lease. One that was taken and has shown none counts as
 * living; before the first lease the lock is free. `from`: a number that is known to be taken.
 */
async function lastSign(options: LeaseOptions, from: number): Promise<SignOfLife> {
  const { store, warehouseId, lock } = options;
  const sign = await readJson(store, signOfLife, builderBeatKey(warehouseId, lock));
  let newest = sign ?? { n: 0, at: '', released: true };
  if (from > newest.n) newest = { n: from, at: '', released: false };
  // Those after it may have gone with it.
  if (newest.n > 0 && !(await isThere(options, newest.n))) {
    const greatest = await greatestLease(options);
    if (greatest > newest.n) newest = { n: greatest, at: '', released: false };
  }
  while (await isThere(options, newest.n + 1)) newest = { n: newest.n + 1, at: '', released: false };
  return newest;
}

/**
 * Whether the number is ours now. An earlier try whose answer was lost counts. Old leases go, the
 * least first, but never the last ones (retention/old-leases.ts). So a number counts only while the
 * one before it is there, and while nobody with a later one has shown a sign of life.
 */
async function take(options: LeaseOptions, { n, by }: { n: number; by: string }): Promise<boolean> {
  const { store, warehouseId, lock } = options;
  const key = builderLeaseKey(warehouseId, lock, n);
  const stored = (await putJson(store, key, { n, by, at: isoTime(wall()) })) === 'stored';
  if (!stored && (await readJson(store, lease, key))?.by !== by) return false;
  if (n > 1 && !(await isThere(options, n - 1))) return false;
  return ((await readJson(store, signOfLife, builderBeatKey(warehouseId, lock)))?.n ?? 0) <= n;
}

async function isThere({ store, warehouseId, lock }: LeaseOptions, n: number): Promise<boolean> {
  return (await store.head(builderLeaseKey(warehouseId, lock, n))) !== null;
}

async function greatestLease({ store, warehouseId, lock }: LeaseOptions): Promise<number> {
  let greatest = 0;
  for await (const key of keysOf(store, builderPrefix(warehouseId, lock)))
    greatest = Math.max(greatest, Number(/\/(\d+)\.json$/.exec(key)?.[1] ?? 0));
  return greatest;
}

/** Shows signs of life until the lease is released or lost. */
function beginLease(options: LeaseOptions, n: number): BuilderHold {
  const { store, warehouseId, lock, pace = PACE } = options;
  const lost = new AbortController();
  const stop = new AbortController();
  const sign = (released: boolean): Promise<void> =>
    store.replace(builderBeatKey(warehouseId, lock), encodeJson({ n, at: isoTime(wall()), released } satisfies SignOfLife));
  // Where the next one was swept, this one was swept before.
  const isNewest = async (): Promise<boolean> => !(await isThere(options, n + 1)) && (await isThere(options, n));
  const beating = (async (): Promise<void> => {
    for (let shownAtMs = elapsed(); !stop.signal.aborted;) {
      const newest = await isNewest().catch(() => null);
      if (newest === false) return lost.abort();
      const shown = await sign(false).then(
        () => true,
        () => false,
      );
      // While the store is away nobody else can take the lease either, but they may have waited.
      if (shown) shownAtMs = elapsed();
      else if (elapsed() - shownAtMs >= pace.silentMs) return lost.abort();
      await sleep(pace.beatMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  })();
  const release = async (): Promise<void> => {
    if (stop.signal.aborted) return beating;
    stop.abort();
    await beating;
    // A store that is away lets the others wait until this lease has been silent for long enough.
    if (!lost.signal.aborted && (await isNewest().catch(() => false))) await sign(true).catch(() => undefined);
  };
  return { lost: lost.signal, release, [Symbol.asyncDispose]: release };
}
