import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { lastThatIs } from './last-that-is.ts';
import { STREAM_PREFIX, manifestKey, manifestNumber } from './keys.ts';
import { decodeManifest, encodeManifest, manifestHash } from './manifest.ts';
import type { Manifest, StoredManifest } from './manifest.ts';
import type { ObjectStore } from './store/object-store.ts';
import type { SameLake } from './same-lake.ts';

/**
 * The sequence of manifests 1, 2, 3 … of a lake. In: manifests of one writer at a time. Out: the
 * same to any number of readers, in order, without gaps.
 * Always true: numbers are dense, a manifest is written once, and whoever finds its number taken by
 * another is fenced.
 */
export class ManifestLog {
  readonly #store: ObjectStore;
  readonly #log: Log;
  readonly #lake: SameLake | null;
  #appending = false;

  /**
   * `lake`: what a writer must find in the store before and after each manifest. Readers give none.
   */
  constructor(store: ObjectStore, log: Log, lake: SameLake | null = null) {
    this.#store = store;
    this.#log = log;
    this.#lake = lake;
  }

  /**
   * The newest manifest, or null in a new lake. `known`: a number that exists, to begin the search
   * at.
   */
  async last(known?: number): Promise<StoredManifest | null> {
    const start = known ?? (await this.#first());
    if (start === null) return null;
    const last = await lastThatIs((number) => this.#exists(number), start);
    const found = await this.read(last);
    if (found === null) throw new TailraceError('LAKE_CORRUPT', `${manifestKey(last)} is gone`);
    return found;
  }

  /**
   * The newest manifest of a lake that may lack some. LAKE_CORRUPT when one of the newest epoch is
   * missing; what was lost before that epoch began is of no use any more. `epoch`: the newest one.
   */
  async lastOf(epoch: { readonly epoch: number; readonly consistentPoint: string }): Promise<StoredManifest | null> {
    return this.#lastBeyond((next, hole) => {
      const first = next.epoch === epoch.epoch && next.from === epoch.consistentPoint;
      if (next.epoch === epoch.epoch && !first) throw holeError(hole);
    });
  }

  /** The newest manifest, whatever is missing below it; one request while it is the known one. */
  async newest(known: StoredManifest | null): Promise<StoredManifest | null> {
    if (known === null) return this.#lastBeyond(() => undefined);
    return (await this.#exists(known.number + 1)) ? this.last(known.number + 1) : known;
  }

  /** One manifest, or null when it is not there (yet, or any more). */
  async read(number: number): Promise<StoredManifest | null> {
    const bytes = await this.#store.get(manifestKey(number));
    return bytes === null ? null : decodeManifest(number, bytes);
  }

  /**
   * Stores the next manifest and returns its hash; when it resolves, the batch exists. After
   * LAKE_UNAVAILABLE the same manifest may be appended again: if the first try was stored after
   * all, it is recognised. FENCED: another writer has this number, or the lake has another history
   * than the manifest goes on with. LAKE_UNAVAILABLE, LAKE_REPLACED: the lake is not there.
   */
  async append(manifest: Manifest): Promise<string> {
    if (this.#appending) throw new TailraceError('INTERNAL', 'two manifest puts at a time');
    this.#appending = true;
    try {
      const key = manifestKey(manifest.number);
      const bytes = encodeManifest(manifest);
      const hash = manifestHash(bytes);
      await this.#requireHistory(manifest);
      const answer = await this.#store.put(key, bytes);
      // A mount may have gone in between, and what was written into an empty folder must not be
      // acknowledged.
      if (this.#store.location.kind === 'directory') await this.#lake?.require();
      if (answer === 'stored') return hash;
      const found = await this.#store.get(key);
      if (found !== null && Buffer.compare(found, bytes) === 0) {
        this.#log.info({ manifest: manifest.number }, 'the answer to a manifest put was lost, it is stored');
        return hash;
      }
      throw new TailraceError('FENCED', `manifest ${manifest.number} is another writer's`);
    } finally {
      this.#appending = false;
    }
  }

  /**
   * The lake is there, and ends with what the manifest goes on with: a copy of yesterday has the
   * same id.
   */
  async #requireHistory({ number, previous }: Manifest): Promise<void> {
    const [before] = await Promise.all([previous === undefined ? null : this.read(number - 1), this.#lake?.require()]);
    if (previous === undefined || before?.hash === previous) return;
    throw new TailraceError('FENCED', `manifest ${number - 1} is gone or not the one that was stored, so the lake has another history`);
  }

  /**
   * LAKE_CORRUPT when a manifest is missing while later ones are there: whoever waits for it would
   * wait for ever.
   */
  async requireNoHole(next: number): Promise<void> {
    if ((await this.#exists(next)) || (await this.#beyondHole(next)) === null) return;
    throw holeError(next);
  }

  /**
   * The first manifest for which `isBelow` is false, or the number after the last one. In:
   * manifests up to a number for which it is first true, then false. One that is missing or broken
   * is judged by the next one below it.
   */
  async firstNotBelow(upTo: number, isBelow: (manifest: StoredManifest) => boolean): Promise<number> {
    let low = 1;
    let high = upTo + 1;
    while (low < high) {
      let middle = Math.floor((low + high) / 2);
      const probed = middle;
      let found = await this.#readable(middle);
      while (found === null && middle > low) {
        middle -= 1;
        found = await this.#readable(middle);
      }
      if (found === null || isBelow(found)) low = probed + 1;
      else high = middle;
    }
    return low;
  }

  /** null also where it is not a manifest. */
  async #readable(number: number): Promise<StoredManifest | null> {
    return this.read(number).catch((error: unknown) => {
      if (error instanceof TailraceError && error.code === 'LAKE_CORRUPT') return null;
      throw error;
    });
  }

  /**
   * `jump` is told of the first manifest beyond a hole, and of the number that is missing; it
   * throws where the hole counts.
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
   * The first manifest after a number that is missing; null: there is none, or it is not missing
   * any more.
   */
  async #beyondHole(hole: number): Promise<StoredManifest | null> {
    for await (const { key } of this.#store.list(STREAM_PREFIX, manifestKey(hole))) {
      const number = manifestNumber(key);
      if (number !== null) return (await this.#exists(hole)) ? null : this.read(number);
    }
    return null;
  }

  /** Manifest 1 almost always; a list only after it was swept, because lists may lag. */
  async #first(): Promise<number | null> {
    if (await this.#exists(1)) return 1;
    for await (const { key } of this.#store.list(STREAM_PREFIX)) {
      const number = manifestNumber(key);
      if (number !== null) return number;
    }
    return null;
  }

  async #exists(number: number): Promise<boolean> {
    return (await this.#store.head(manifestKey(number))) !== null;
  }
}

function holeError(number: number): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${manifestKey(number)} is gone while later ones are there`, {
    hint: 'Restore the object, or run `tailrace resync --all`.',
  });
}
