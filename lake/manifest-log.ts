import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { systemTime } from '../core/time.ts';
import type { Time } from '../core/time.ts';
import { lastThatIs } from './last-that-is.ts';
import { STREAM_PREFIX, manifestKey, manifestNumber } from './keys.ts';
import { decodeManifest, encodeManifest, manifestHash, linkError } from './manifest.ts';
import type { Manifest, StoredManifest } from './manifest.ts';
import { MANIFESTS_PER_PAGE, decodePage } from './pages/manifest-page.ts';
import { Pages } from './pages/pages.ts';
import type { MissingPage } from './pages/pages.ts';
import type { ObjectStore } from './store/object-store.ts';
import type { SameLake } from './same-lake.ts';

/** How a log is read; all have the product's defaults. */
interface ManifestLogOptions {
  readonly time?: Time;
  readonly pageSize?: number;
  readonly decode?: typeof decodeManifest;
  readonly linesOf?: typeof decodePage;
}

/**
 * The sequence of manifests 1, 2, 3 … of a lake. In: manifests of one writer at a time. Out: the
 * same manifests to any number of readers, in order, without gaps.
 * Always true: numbers are dense, a manifest is written once, and a writer whose number is taken by
 * another is fenced. A number that a page has is decided by the page, so a writer that wakes late
 * finds no free number in it.
 */
export class ManifestLog {
  readonly #store: ObjectStore;
  readonly #log: Log;
  readonly #lake: SameLake | null;
  readonly #decode: typeof decodeManifest;
  readonly #pages: Pages;
  #appending = false;

  /**
   * `lake`: what a writer must find in the store before and after each manifest. Readers pass none.
   * `pageSize`: manifests per page, as all processes of a lake have it. `decode`,
   * `linesOf`: for those who read the same manifests and pages repeatedly, and keep what they
   * decoded.
   */
  constructor(
    store: ObjectStore,
    log: Log,
    lake: SameLake | null = null,
    { time = systemTime, pageSize = MANIFESTS_PER_PAGE, decode = decodeManifest, linesOf = decodePage }: ManifestLogOptions = {},
  ) {
    this.#store = store;
    this.#log = log;
    this.#lake = lake;
    this.#decode = decode;
    this.#pages = new Pages(store, time, { size: pageSize, linesOf });
  }

  /**
   * The newest manifest, or null in a new lake. `known`: a number that exists, where the search
   * begins.
   */
  async last(known?: number): Promise<StoredManifest | null> {
    const start = known ?? (await this.#first());
    if (start === null) return null;
    const last = await lastThatIs((number) => this.#exists(number), start);
    const found = await this.read(last);
    if (found === null) throw new TailraceError('LAKE_CORRUPT', `${manifestKey(last)} is missing`);
    return found;
  }

  /**
   * The newest manifest of a lake that may lack some. LAKE_CORRUPT when one of the newest epoch is
   * missing; those that were lost before that epoch are no longer needed. `epoch`: the newest one.
   */
  async lastOf(epoch: { readonly epoch: number; readonly consistentPoint: string }): Promise<StoredManifest | null> {
    return this.#lastBeyond((next, hole) => {
      const first = next.epoch === epoch.epoch && next.from === epoch.consistentPoint;
      if (next.epoch === epoch.epoch && !first) throw holeError(manifestKey(hole));
    });
  }

  /**
   * The newest manifest, regardless of missing ones below it. Costs one request while it is the
   * known one.
   */
  async newest(known: StoredManifest | null): Promise<StoredManifest | null> {
    if (known === null) return this.#lastBeyond(() => undefined);
    return (await this.#exists(known.number + 1)) ? this.last(known.number + 1) : known;
  }

  /**
   * One manifest, or null when it is not there. LAKE_CORRUPT when it is not valid (manifest.ts).
   */
  async read(number: number): Promise<StoredManifest | null> {
    const { bytes, place } = await this.#stored(number);
    return bytes === null ? null : this.#decode(number, bytes, place);
  }

  /**
   * When a manifest was stored, by the clock of the store; for one that a page has, when the page
   * was put. null: it is not there.
   */
  async storedAt(number: number): Promise<Date | null> {
    const single = number > this.#pages.covered ? await this.#store.head(manifestKey(number)) : null;
    if (!(await this.#pages.have(number))) return single?.modified ?? null;
    return this.#pages.putAt(number);
  }

  /**
   * Stores the next manifest and returns its hash. When it resolves, the batch exists. After
   * LAKE_UNAVAILABLE the same manifest may be appended again: if the first try was stored after
   * all, it is recognized. FENCED: another writer has this number, or the manifest does not
   * continue the history of the lake. LAKE_UNAVAILABLE, LAKE_REPLACED: the lake is not there.
   * INTERNAL: the manifest is not valid.
   */
  async append(manifest: Manifest): Promise<string> {
    if (this.#appending) throw new TailraceError('INTERNAL', 'two manifests are being stored at once');
    this.#appending = true;
    try {
      const key = manifestKey(manifest.number);
      const bytes = encodeManifest(manifest);
      const hash = manifestHash(bytes);
      await this.#requireHistory(manifest);
      const answer = await this.#store.put(key, bytes);
      // The volume may have been unmounted in between, and a manifest in an empty folder must not
      // be acknowledged.
      if (this.#store.location.kind === 'directory') await this.#lake?.require();
      // If the single manifest of the number was gone before the put, its page is there by now.
      await this.#pages.look();
      if (answer === 'stored' && manifest.number > this.#pages.covered) return hash;
      const { bytes: found } = await this.#stored(manifest.number);
      if (found !== null && Buffer.compare(found, bytes) === 0) {
        this.#log.info({ manifest: manifest.number }, 'the answer to a manifest put was lost, it is stored');
        return hash;
      }
      throw new TailraceError('FENCED', `another writer has stored manifest ${manifest.number}`);
    } finally {
      this.#appending = false;
    }
  }

  /**
   * The lake is there and ends with the manifest that this one continues. A copy of yesterday has
   * the same id.
   */
  async #requireHistory(manifest: Manifest): Promise<void> {
    const { number, previous } = manifest;
    const [before] = await Promise.all([previous === undefined ? null : this.read(number - 1), this.#lake?.require()]);
    if (previous === undefined) return;
    if (before?.hash !== previous)
      throw new TailraceError(
        'FENCED',
        `manifest ${number - 1} is missing or differs from the one that was stored, so the lake has a different history`,
      );
    const error = linkError(before, manifest, 'INTERNAL');
    if (error !== null) throw error;
  }

  /**
   * LAKE_CORRUPT when a manifest is missing while later ones exist: a reader would wait for it
   * forever.
   */
  async requireNoHole(next: number): Promise<void> {
    if ((await this.#isThere(next)) || (await this.#beyondHole(next)) === null) return;
    const page = await this.#pages.missing();
    throw holeError(page !== null && next <= page.upTo ? page.key : manifestKey(next));
  }

  /**
   * The greatest number that pages decide, and a page that is missing among them: numbers from
   * `covered` to its `upTo` cannot be read.
   */
  async paged(): Promise<{ readonly covered: number; readonly missing: MissingPage | null }> {
    const missing = await this.#pages.missing();
    return { covered: this.#pages.covered, missing };
  }

  /** Key of the object that a number was read from: a page, or the single manifest. */
  keyOf(number: number): string {
    return number <= this.#pages.covered ? this.#pages.keyOf(number) : manifestKey(number);
  }

  /**
   * The first manifest for which `isBelow` is false, or the number after the last one. In:
   * manifests up to a number, for which it is first true, then false. A missing or broken manifest
   * is judged by the next one below it. `read`: for those who search repeatedly.
   */
  async firstNotBelow(
    upTo: number,
    isBelow: (manifest: StoredManifest) => boolean,
    read: ManifestLog['read'] = (number) => this.read(number),
  ): Promise<number> {
    let low = 1;
    let high = upTo + 1;
    while (low < high) {
      let middle = Math.floor((low + high) / 2);
      const probed = middle;
      let found = await readable(middle, read);
      while (found === null && middle > low) {
        middle -= 1;
        found = await readable(middle, read);
      }
      if (found === null || isBelow(found)) low = probed + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * `jump` is called with the first manifest beyond a hole and the missing number. It throws where
   * the hole counts.
   */
  async #lastBeyond(jump: (next: StoredManifest, hole: number) => void): Promise<StoredManifest | null> {
    for (let last = await this.last(); ;) {
      const next = last === null ? null : await this.#beyondHole(last.number + 1);
      if (last === null || next === null) return last;
      jump(next, last.number + 1);
      last = await this.last(next.number);
    }
  }

  /**
   * The first manifest after a missing number; null: there is none, or the number is no longer
   * missing.
   */
  async #beyondHole(hole: number): Promise<StoredManifest | null> {
    for (let number = hole; number <= this.#pages.covered; number += 1) {
      const found = await this.read(number);
      if (found !== null) return number === hole ? null : found;
    }
    for await (const { key } of this.#store.list(STREAM_PREFIX, manifestKey(Math.max(hole, this.#pages.covered)))) {
      const number = manifestNumber(key);
      if (number !== null) return (await this.#isThere(hole)) ? null : this.read(number);
    }
    return null;
  }

  /**
   * The first manifest that no page has, or the last one of the pages. A list only where both are
   * gone, since lists may lag.
   */
  async #first(): Promise<number | null> {
    await this.#pages.have(1);
    const { covered } = this.#pages;
    if (await this.#exists(covered + 1)) return covered + 1;
    if (covered > 0 && (await this.#pages.bytesOf(covered)) !== null) return covered;
    for await (const { key } of this.#store.list(STREAM_PREFIX, manifestKey(covered))) {
      const number = manifestNumber(key);
      if (number !== null) return number;
    }
    if (covered > 0) throw holeError(manifestKey(covered));
    return null;
  }

  /**
   * The bytes that decide a number; null: it is not there. A single manifest counts if its page was
   * absent after it was read.
   */
  async #stored(number: number): Promise<{ readonly bytes: Uint8Array | null; readonly place: string }> {
    if (number < 1) return { bytes: null, place: manifestKey(number) };
    if (number > this.#pages.covered) {
      const bytes = await this.#store.get(manifestKey(number));
      if (!(await this.#pages.have(number))) return { bytes, place: manifestKey(number) };
    }
    return { bytes: await this.#pages.bytesOf(number), place: this.#pages.placeOf(number) };
  }

  /** Also true for a number that its page calls lost. */
  async #exists(number: number): Promise<boolean> {
    if (number <= this.#pages.covered) return true;
    return (await this.#store.head(manifestKey(number))) !== null || this.#pages.have(number);
  }

  async #isThere(number: number): Promise<boolean> {
    return (await this.#exists(number)) && (number > this.#pages.covered || (await this.#pages.bytesOf(number)) !== null);
  }
}

/** null also when it is not valid. */
async function readable(number: number, read: ManifestLog['read']): Promise<StoredManifest | null> {
  return read(number).catch((error: unknown) => {
    if (error instanceof TailraceError && error.code === 'LAKE_CORRUPT') return null;
    throw error;
  });
}

function holeError(key: string): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${key} is missing while later ones exist`, {
    hint: 'Restore the object, or run `tailrace resync --all`.',
  });
}
