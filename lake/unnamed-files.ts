import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import { moment, mostPassedMs } from '../core/time.ts';
import type { Moment, Time } from '../core/time.ts';
import type { ObjectStore } from './store/object-store.ts';
import { lastLook } from './retention/sweep-look.ts';
import { DEFAULT_GRACE_MS } from './retention/sweep-policy.ts';

/**
 * Files of this age or older are named only after a look at the list of the sweeper. With the
 * shortest grace it deletes none that is younger than twice this.
 */
const ASK_FROM_MS = 2_500;
/**
 * Files of this age or older are also looked for one by one, or of a quarter of the grace, if that
 * is less: the sweeper acts on a list that it has known for two hours, or half of the grace.
 */
const LOOK_FROM_MS = 60 * 60 * 1000;
const CONCURRENT_CALLS = 8;
const LAST_DELETES_MS = 5_000;

interface UnnamedFile {
  readonly at: Moment;
  /** settles when the put of it did */
  readonly put: Promise<unknown>;
}

/**
 * The data objects that one writer has put, or is putting, and that nothing names yet. The writer
 * deletes those that it turns out not to need. Once it claims a file, a manifest or record may name
 * it, so from then on only the sweeper judges it.
 */
export class UnnamedFiles {
  readonly #store: ObjectStore;
  readonly #time: Time;
  readonly #files = new Map<string, UnnamedFile>();
  #closed = false;

  constructor(store: ObjectStore, time: Time) {
    this.#store = store;
    this.#time = time;
  }

  /** A put of the key has begun. */
  add(key: string, put: Promise<unknown>): void {
    // The caller handles its failure.
    const settled = put.catch(() => undefined);
    this.#files.set(key, { at: moment(this.#time), put: settled });
    if (this.#closed) void this.#delete(key, settled);
  }

  /**
   * Call it right before putting the object that names the keys, and put nothing when it rejects.
   * FENCED: one of them is gone, or the sweeper has called it unnamed, or `close` has given up all.
   * Files are looked for when one has some age: a machine that slept for days must not name a file
   * that was swept in that time. The grace is read from the lake, where the sweeper says it.
   */
  async claim(keys: readonly string[]): Promise<void> {
    const ageMs = Math.max(...keys.map((key) => this.#ageMs(this.#files.get(key)?.at)));
    if (ageMs >= ASK_FROM_MS) await this.#expectAll(keys, ageMs);
    if (this.#closed) throw new TailraceError('FENCED', 'the session has ended, so its files can no longer be named');
    for (const key of keys) this.#files.delete(key);
  }

  /**
   * Deletes them once their puts have settled. Never rejects: the sweeper takes those that remain.
   */
  async drop(keys: readonly string[]): Promise<void> {
    await inTurns(keys, async (key) => {
      const file = this.#files.get(key);
      this.#files.delete(key);
      await this.#delete(key, file?.put);
    });
  }

  /** Deletes files that are being written. A file that could not be stored needs no delete. */
  async dropWritten(files: readonly Promise<{ readonly path: string }>[]): Promise<void> {
    const settled = await Promise.allSettled(files);
    await this.drop(settled.flatMap((file) => (file.status === 'fulfilled' ? [file.value.path] : [])));
  }

  /**
   * From now on nothing can be claimed, and all unclaimed files are deleted. Takes some seconds at
   * most; files whose puts still run are deleted once the puts have settled.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.race([this.drop([...this.#files.keys()]), sleep(LAST_DELETES_MS, undefined, { ref: false })]);
  }

  /** Call it before another try to put what names claimed files: some time has passed. */
  async claimAgain(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.#expectAll(keys, Number.POSITIVE_INFINITY);
  }

  #ageMs(at: Moment | undefined): number {
    return at === undefined ? Number.POSITIVE_INFINITY : mostPassedMs(at, moment(this.#time));
  }

  /** A process that slept while it looked looks again. */
  async #expectAll(keys: readonly string[], ageMs: number): Promise<void> {
    for (;;) {
      const begun = moment(this.#time);
      const { unnamed = [], removed = [], graceMs = DEFAULT_GRACE_MS } = (await lastLook(this.#store))?.look ?? {};
      const called = new Set([...unnamed, ...removed]);
      if (keys.some((key) => called.has(key)) || ageMs >= Math.min(LOOK_FROM_MS, graceMs / 4))
        await inTurns(keys, (key) => this.#expectStored(key, called));
      if (this.#ageMs(begun) < Math.min(LOOK_FROM_MS, graceMs / 2)) return;
    }
  }

  async #expectStored(key: string, called: ReadonlySet<string>): Promise<void> {
    if (called.has(key) || (await this.#store.head(key)) === null)
      throw new TailraceError('FENCED', `${key} was deleted before it was named`, {
        hint: 'Its changes are written again, starting at the last manifest.',
      });
  }

  async #delete(key: string, put: Promise<unknown> | undefined): Promise<void> {
    await put;
    await this.#store.delete(key).catch(() => undefined);
  }
}

async function inTurns(keys: readonly string[], work: (key: string) => Promise<void>): Promise<void> {
  const left = keys.values();
  const turn = async (): Promise<void> => {
    for (const key of left) await work(key);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, keys.length) }, turn));
}
