import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../core/errors.ts';
import { moment } from '../core/time.ts';
import type { Moment, Time } from '../core/time.ts';
import type { ObjectStore } from './store/object-store.ts';
import { lastLook } from './sweep-look.ts';

/**
 * From this age on a file is looked for before it is named. The sweeper takes nothing that is
 * younger.
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
 * The data objects that one writer has put, or is putting, and that nothing names yet. Until it
 * claims them for what will name them they are its own to delete: whatever it turns out not to
 * need, it takes away itself. What it claimed may be named, so from then on the sweeper alone
 * judges it.
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
    // Its failure is the caller's.
    const settled = put.catch(() => undefined);
    this.#files.set(key, { at: moment(this.#time), put: settled });
    if (this.#closed) void this.#delete(key, settled);
  }

  /**
   * Call right before what names the keys is put, and do not name them when it rejects: FENCED when
   * one of them is gone or the sweeper has called it unnamed, or when all were given up by `close`.
   * That is looked for where a file is older than an hour: a machine that slept for days must not
   * name what was swept meanwhile.
   */
  async claim(keys: readonly string[]): Promise<void> {
    if (keys.some((key) => this.#isOld(key))) await this.#expectAll(keys);
    if (this.#closed) throw new TailraceError('FENCED', 'the files of a session that has ended are not named any more');
    for (const key of keys) this.#files.delete(key);
  }

  /**
   * Deletes them as soon as their puts have settled. Never rejects: what stays is the sweeper's.
   */
  async drop(keys: readonly string[]): Promise<void> {
    await inTurns(keys, async (key) => {
      const file = this.#files.get(key);
      this.#files.delete(key);
      await this.#delete(key, file?.put);
    });
  }

  /**
   * Deletes files that are being written; of one that cannot be stored nothing is left to delete
   * here.
   */
  async dropWritten(files: readonly Promise<{ readonly path: string }>[]): Promise<void> {
    const settled = await Promise.allSettled(files);
    await this.drop(settled.flatMap((file) => (file.status === 'fulfilled' ? [file.value.path] : [])));
  }

  /**
   * Nothing can be claimed any more, and all that is unclaimed goes. Takes some seconds at most:
   * what is still being put then goes when that has settled.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.race([this.drop([...this.#files.keys()]), sleep(LAST_DELETES_MS, undefined, { ref: false })]);
  }

  /**
   * By whichever clock it is older: one stands still while the machine sleeps, the other one may be
   * set back.
   */
  #isOld(key: string): boolean {
    const at = this.#files.get(key)?.at;
    if (at === undefined) return true;
    const { wallMs, elapsedMs } = moment(this.#time);
    return Math.max(Math.abs(wallMs - at.wallMs), elapsedMs - at.elapsedMs) >= LOOK_FROM_MS;
  }

  async #expectAll(keys: readonly string[]): Promise<void> {
    const { unnamed = [], removed = [] } = (await lastLook(this.#store))?.look ?? {};
    const called = new Set([...unnamed, ...removed]);
    await inTurns(keys, (key) => this.#expectStored(key, called));
  }

  async #expectStored(key: string, called: ReadonlySet<string>): Promise<void> {
    if (called.has(key) || (await this.#store.head(key)) === null)
      throw new TailraceError('FENCED', `${key} went before it was named`, { hint: 'It is written again from the last manifest on.' });
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
  await Promise.all(Array.from({ length: CONCURRENT_CALLS }, turn));
}
