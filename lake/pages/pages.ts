import { TailraceError } from '../../core/errors.ts';
import { moment, mostPassedMs } from '../../core/time.ts';
import type { Moment, Time } from '../../core/time.ts';
import { PAGE_PREFIX, pageKey, pageNumber } from '../keys.ts';
import { lastThatIs } from '../last-that-is.ts';
import { decodePage } from './manifest-page.ts';
import type { PageLines } from './manifest-page.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * For this time it counts that a page was absent. The single manifests of a page go no earlier than
 * five seconds after it was put, so one that is read in this time is the right one.
 */
const REMEMBERED_MS = 3_000;

/** Pages that are kept in memory: the first steps of a search among millions meet the same ones. */
const KEPT_PAGES = 16;
const KEPT_BYTES = 32 * 2 ** 20;

/** So far from the first page, guesses take fewer requests than a search. */
const MANY = 256;
/** The newest manifests have no page yet, those of a busy day among them. */
const BEHIND = [1, 16, 128];

interface KeptPage {
  readonly lines: Promise<PageLines>;
  bytes: number;
  /** when it was found damaged */
  damagedAt: Moment | null;
}

/** A page that was lost. */
export interface MissingPage {
  readonly key: string;
  /** Up to this number, manifests after the pages before it cannot be read. */
  readonly upTo: number;
}

/**
 * The pages of a lake, as one reader knows them. Pages are dense and stay, so those below one that
 * exists exist too.
 */
export class Pages {
  readonly #store: ObjectStore;
  readonly #time: Time;
  readonly #size: number;
  readonly #linesOf: typeof decodePage;
  readonly #kept = new Map<number, KeptPage>();
  #count = 0;
  /** Page `#count` was still absent then. */
  #absentAt: Moment | null = null;
  #looking: Promise<void> | null = null;

  /** `size`: manifests per page; `linesOf`: decodes a page. */
  constructor(store: ObjectStore, time: Time, { size, linesOf = decodePage }: { size: number; linesOf?: typeof decodePage }) {
    this.#store = store;
    this.#time = time;
    this.#size = size;
    this.#linesOf = linesOf;
  }

  /** The greatest number that a page is known to have; 0: none is known. */
  get covered(): number {
    return this.#count * this.#size;
  }

  /**
   * Whether a page has the number. False also when its page was absent a few seconds ago: then a
   * single manifest that was read before this call is the right one.
   */
  async have(number: number): Promise<boolean> {
    const now = moment(this.#time);
    if (this.#looking !== null && !this.#knows(number, now)) await this.#looking;
    if (this.#knows(number, now)) return number <= this.covered;
    // One that runs by now began after `now`.
    this.#looking ??= this.look(number).finally(() => {
      this.#looking = null;
    });
    await this.#looking;
    return number <= this.covered;
  }

  /**
   * Looks for the last page now. A new process takes two requests per doubling of their number, or
   * fewer where it knows a `number` that was once the newest.
   */
  async look(number = 0): Promise<void> {
    const began = moment(this.#time);
    const near = this.#pageOf(number);
    const known = this.#count > 0 || near < MANY ? this.#count - 1 : await this.#existing(BEHIND.map((behind) => near - behind));
    const count = 1 + (await lastThatIs((k) => this.#exists(k), known));
    this.#count = Math.max(this.#count, count);
    if (this.#absentAt === null || this.#absentAt.elapsedMs <= began.elapsedMs) this.#absentAt = began;
  }

  /**
   * The bytes of a manifest that a page has; null: it was lost for good. LAKE_CORRUPT names a page
   * that is missing or damaged.
   */
  async bytesOf(number: number): Promise<Uint8Array | null> {
    const k = this.#pageOf(number);
    return (await this.#page(k))[number - 1 - k * this.#size] ?? null;
  }

  /** When the page of a number was put, by the clock of the store; null: it is not there. */
  async putAt(number: number): Promise<Date | null> {
    return (await this.#store.head(pageKey(this.#pageOf(number))))?.modified ?? null;
  }

  /** Where a manifest stands that a page has, for people. */
  placeOf(number: number): string {
    const k = this.#pageOf(number);
    return `line ${number - k * this.#size} of ${pageKey(k)}`;
  }

  /** Key of the page that has a number. */
  keyOf(number: number): string {
    return pageKey(this.#pageOf(number));
  }

  /** The first page that is missing while a later one is there; null: none is. */
  async missing(): Promise<MissingPage | null> {
    let greatest = -1;
    for await (const key of keysOf(this.#store, PAGE_PREFIX)) greatest = Math.max(greatest, pageNumber(key) ?? -1);
    // One that was put during the listing is known after this.
    await this.look();
    return greatest < this.#count ? null : { key: pageKey(this.#count), upTo: (greatest + 1) * this.#size };
  }

  /** The first of these pages that exists; -1: none does. */
  async #existing(guesses: readonly number[]): Promise<number> {
    const there = await Promise.all(guesses.map((k) => this.#exists(k)));
    return guesses[there.indexOf(true)] ?? -1;
  }

  #pageOf(number: number): number {
    return Math.floor((number - 1) / this.#size);
  }

  #knows(number: number, now: Moment): boolean {
    return number <= this.covered || (this.#absentAt !== null && isFresh(this.#absentAt, now));
  }

  async #exists(k: number): Promise<boolean> {
    return (await this.#store.head(pageKey(k))) !== null;
  }

  #page(k: number): Promise<PageLines> {
    const known = this.#kept.get(k);
    this.#kept.delete(k);
    const isOld = known?.damagedAt != null && !isFresh(known.damagedAt, moment(this.#time));
    const page = known === undefined || isOld ? this.#begin(k) : known;
    this.#kept.set(k, page); // the last one was used last
    return page.lines;
  }

  #begin(k: number): KeptPage {
    const page: KeptPage = { lines: readPage(this.#store, k, this.#size, this.#linesOf), bytes: 0, damagedAt: null };
    void this.#note(k, page);
    return page;
  }

  /** What became of a read. The caller of `#page` handles its failure. */
  async #note(k: number, page: KeptPage): Promise<void> {
    try {
      page.bytes = (await page.lines).reduce((sum, line) => sum + (line?.length ?? 0), 0);
      this.#trim();
    } catch (error) {
      if (error instanceof TailraceError && error.code === 'LAKE_CORRUPT') page.damagedAt = moment(this.#time);
      else if (this.#kept.get(k) === page) this.#kept.delete(k);
    }
  }

  #trim(): void {
    let bytes = [...this.#kept.values()].reduce((sum, page) => sum + page.bytes, 0);
    for (const [k, page] of this.#kept) {
      if (this.#kept.size === 1 || (this.#kept.size <= KEPT_PAGES && bytes <= KEPT_BYTES)) return;
      this.#kept.delete(k);
      bytes -= page.bytes;
    }
  }
}

/** Page `k` of a lake, `size` manifests. LAKE_CORRUPT names a page that is missing or damaged. */
export async function readPage(store: ObjectStore, k: number, size: number, linesOf = decodePage): Promise<PageLines> {
  const bytes = await store.get(pageKey(k));
  if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${pageKey(k)} is missing`, { hint: 'Restore the object.' });
  return linesOf(k, bytes, size);
}

/** Whether a moment is at most a few seconds before `now`. */
function isFresh(at: Moment, now: Moment): boolean {
  return mostPassedMs(at, now) <= REMEMBERED_MS;
}
