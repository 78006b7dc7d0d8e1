import { TailraceError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import type { Log } from '../../core/log.ts';
import { systemTime } from '../../core/time.ts';
import type { Time } from '../../core/time.ts';
import { STREAM_PREFIX, manifestKey, manifestNumber, pageKey } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { MANIFESTS_PER_PAGE, encodePage, isLine } from '../pages/manifest-page.ts';
import type { PageLines } from '../pages/manifest-page.ts';
import { Pages, readPage } from '../pages/pages.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { requireSoundPage } from './sound-page.ts';
import { storeNowMs } from './sweep-look.ts';
import { knownMs } from './sweep-policy.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Least time between two searches for single manifests that a page has. */
const SEARCH_EVERY_MS = HOUR_MS;
/** Limits of one turn, so that an old lake with millions of manifests is worked off in parts. */
const PAGES_PER_TURN = 50;
const CONCURRENT_CALLS = 8;

/** What a page keeper works with. */
export interface PageKeeperOptions {
  readonly store: ObjectStore;
  readonly manifests: ManifestLog;
  readonly log: Log;
  /** time between a page and the end of its single manifests, by the clock of the store */
  readonly graceMs: number;
  readonly time?: Time;
  /** manifests per page */
  readonly pageSize?: number;
}

/** What one turn did. */
export interface PageTurn {
  readonly pagesMade: number;
  readonly manifestsRemoved: number;
}

/**
 * Puts single manifests together into pages, and removes them once their page is a grace old.
 *
 * A page counts when it is there, so it is made only of manifests that are sound and in a chain,
 * and is read back. Any number of keepers may work on a lake: pages are put if absent, and only
 * objects go whose number a page has long decided. An object that a writer puts below a page is no
 * manifest and goes as well.
 *
 * A reader believes for three seconds that a page is absent. So a keeper removes nothing before it
 * has itself known the page for five, or half of a longer grace, by a clock that never steps.
 */
export class PageKeeper {
  readonly #store: ObjectStore;
  readonly #manifests: ManifestLog;
  readonly #log: Log;
  readonly #graceMs: number;
  readonly #time: Time;
  readonly #size: number;
  readonly #pages: Pages;
  /** how many pages there were at moments of this process, oldest first */
  #counts: { readonly count: number; readonly atMs: number }[] = [];
  /** the next search for manifests beyond one that seems to be the next to come */
  #beyondAtMs = 0;
  /** the next search for single manifests, and the count of pages that it would be about */
  #search: { readonly atMs: number; readonly upTo: number } | null = null;

  constructor({ store, manifests, log, graceMs, time = systemTime, pageSize = MANIFESTS_PER_PAGE }: PageKeeperOptions) {
    this.#store = store;
    this.#manifests = manifests;
    this.#log = log;
    this.#graceMs = graceMs;
    this.#time = time;
    this.#size = pageSize;
    this.#pages = new Pages(store, time, { size: pageSize });
  }

  /**
   * One turn. Costs two requests while there is nothing to do. LAKE_CORRUPT names a manifest or a
   * page that is missing or damaged; nothing from there on is touched.
   */
  async turn(): Promise<PageTurn> {
    const pagesMade = await this.#makePages();
    return { pagesMade, manifestsRemoved: await this.#removeSingles() };
  }

  async #makePages(): Promise<number> {
    await this.#pages.look();
    let made = 0;
    while (made < PAGES_PER_TURN && (await this.#isDue(this.#count))) {
      await this.#makePage(this.#count);
      made += 1;
      await this.#pages.look();
    }
    this.#counts.push({ count: this.#count, atMs: this.#time.elapsed() });
    return made;
  }

  get #count(): number {
    return this.#pages.covered / this.#size;
  }

  /** Whether the lake has come to the last number of page `k`. */
  async #isDue(k: number): Promise<boolean> {
    const last = manifestKey((k + 1) * this.#size);
    if ((await this.#store.head(last)) !== null) return true;
    const now = this.#time.elapsed();
    if (now < this.#beyondAtMs) return false;
    // The last one may be lost, in an epoch that has ended.
    for await (const key of keysOf(this.#store, STREAM_PREFIX, last)) if (manifestNumber(key) !== null) return true;
    this.#beyondAtMs = now + SEARCH_EVERY_MS;
    return false;
  }

  async #makePage(k: number): Promise<void> {
    const lines = await this.#singles(k);
    await requireSoundPage(this.#manifests, k * this.#size, lines);
    const bytes = encodePage(lines.map((line) => (line !== null && isLine(line) ? line : null)));
    const answer = await this.#store.put(pageKey(k), bytes);
    failpoint('page-put');
    // Another keeper may have made it; its single manifests go only if it is sound.
    if (answer === 'exists') return;
    const found = await this.#store.get(pageKey(k));
    if (found === null || Buffer.compare(found, bytes) !== 0)
      throw new TailraceError('LAKE_CORRUPT', `${pageKey(k)} has other bytes than were stored`, {
        hint: 'Its manifests are still below stream/: delete the page, and it is made again.',
      });
    this.#log.info({ page: k, bytes: bytes.length }, 'manifests put together into a page');
  }

  async #singles(k: number): Promise<PageLines> {
    const lines: (Uint8Array | null)[] = [];
    while (lines.length < this.#size) {
      const first = k * this.#size + lines.length + 1;
      const width = Math.min(CONCURRENT_CALLS, this.#size - lines.length);
      lines.push(...(await Promise.all(Array.from({ length: width }, (_, index) => this.#store.get(manifestKey(first + index))))));
    }
    return lines;
  }

  async #removeSingles(): Promise<number> {
    const now = this.#time.elapsed();
    const upTo = this.#countKnownAt(now - Math.max(5_000, knownMs(this.#graceMs)));
    if (upTo === 0 || (this.#search !== null && now < this.#search.atMs && upTo === this.#search.upTo)) return 0;
    this.#search = { atMs: now + SEARCH_EVERY_MS, upTo };
    const storeMs = await storeNowMs(this.#store);
    let removed = 0;
    let turns = 0;
    for await (const { k, keys } of this.#singlesBelow(upTo)) {
      const waitMs = this.#graceMs - (storeMs - (await this.#madeAtMs(k)));
      if (waitMs > 0) {
        this.#search = { atMs: now + Math.min(waitMs, SEARCH_EVERY_MS), upTo };
        break;
      }
      if (turns === PAGES_PER_TURN) {
        this.#search = null;
        break;
      }
      await requireSoundPage(this.#manifests, k * this.#size, await readPage(this.#store, k, this.#size));
      await this.#remove(keys);
      failpoint('singles-gone');
      removed += keys.length;
      turns += 1;
    }
    return removed;
  }

  /** How many pages this process knew at a moment of the past. */
  #countKnownAt(atMs: number): number {
    const known = this.#counts.findLastIndex((one) => one.atMs <= atMs);
    this.#counts = this.#counts.filter((one, index) => index >= known && one.count !== this.#counts[index - 1]?.count);
    return this.#counts[known]?.count ?? 0;
  }

  /** Keys of single manifests that the first pages have, page by page. */
  async *#singlesBelow(upTo: number): AsyncGenerator<{ readonly k: number; readonly keys: readonly string[] }> {
    let k = 0;
    let keys: string[] = [];
    for await (const key of keysOf(this.#store, STREAM_PREFIX)) {
      const number = manifestNumber(key);
      if (number === null) continue;
      const page = Math.floor((number - 1) / this.#size);
      if (page !== k && keys.length > 0) yield { k, keys };
      if (page !== k) [k, keys] = [page, []];
      if (page >= upTo) return;
      keys.push(key);
    }
    if (keys.length > 0) yield { k, keys };
  }

  /** When a page was made, by the clock of the store. */
  async #madeAtMs(k: number): Promise<number> {
    const facts = await this.#store.head(pageKey(k));
    if (facts === null) throw new TailraceError('LAKE_CORRUPT', `${pageKey(k)} is missing`, { hint: 'Restore the object.' });
    return facts.modified.getTime();
  }

  async #remove(keys: readonly string[]): Promise<void> {
    const left = keys.values();
    const turn = async (): Promise<void> => {
      for (const key of left) await this.#store.delete(key);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, keys.length) }, turn));
  }
}
