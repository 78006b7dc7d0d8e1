import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import {
  BASE_PREFIX,
  CONTROL_PREFIX,
  DATA_PREFIX,
  EPOCH_PREFIX,
  FACTS_PREFIX,
  FORMAT_PREFIX,
  LAKE_KEY,
  PAGE_PREFIX,
  PAUSE_PREFIX,
  PIN_PREFIX,
  READERS_PREFIX,
  SCHEMA_PREFIX,
  SNAPSHOT_PREFIX,
  STREAM_PREFIX,
  SWEEP_PREFIX,
  isStoreProbe,
  manifestKey,
  manifestNumber,
  parseDataKey,
} from './keys.ts';
import { openLake, placeOf, readLake } from './lake-identity.ts';
import { ManifestLog } from './manifest-log.ts';
import { missingIn } from './missing-in.ts';
import type { ObjectStore } from './store/object-store.ts';
import { keysOf } from './store/keys-of.ts';

/** Files of rows that are copied at once. */
const TOGETHER = 8;

/**
 * Objects that are written once. Files of rows come first, then the records that name them: so a
 * copy that breaks off names nothing that is not there.
 */
const ONCE = [FORMAT_PREFIX, DATA_PREFIX, SCHEMA_PREFIX, FACTS_PREFIX, SNAPSHOT_PREFIX, BASE_PREFIX, EPOCH_PREFIX] as const;
/** Objects that change or go. The target gets them as they are. */
const CHANGING = [READERS_PREFIX, CONTROL_PREFIX, PAUSE_PREFIX, PIN_PREFIX, SWEEP_PREFIX] as const;

/** What a round of copying did. */
export interface LakeCopyResult {
  readonly objects: number;
  readonly bytes: number;
  /** The newest manifest that the target has. */
  readonly manifests: number;
}

/** How far a round is: objects that were copied. */
export type LakeCopyProgress = (done: { readonly objects: number; readonly bytes: number }) => void;

/**
 * Copies a lake to another place, under the same id. It may be repeated while the lake is written:
 * each round copies what is new. The copy is complete when a round begins after the last writer has
 * ended. Errors: LAKE_MISSING, BAD_ARGUMENT when the target holds another lake or a history of its
 * own, and those of the stores.
 */
export class LakeCopy {
  readonly #from: ObjectStore;
  readonly #to: ObjectStore;
  readonly #log: Log;
  readonly #progress: LakeCopyProgress;
  #objects = 0;
  #bytes = 0;

  constructor(from: ObjectStore, to: ObjectStore, { log, progress }: { readonly log: Log; readonly progress: LakeCopyProgress }) {
    this.#from = from;
    this.#to = to;
    this.#log = log;
    this.#progress = progress;
  }

  /** One round. */
  async round(): Promise<LakeCopyResult> {
    [this.#objects, this.#bytes] = [0, 0];
    const { id } = await openLake(this.#from, null);
    const there = await readLake(this.#to, null);
    if (there !== null && there.id !== id)
      throw refused(`${placeOf(this.#to)} holds lake ${there.id.slice(0, 8)}, not lake ${id.slice(0, 8)}`);
    // Files of later manifests may be stored after the files are listed.
    const last = (await new ManifestLog(this.#from, this.#log).last())?.number ?? 0;
    await this.#requireOneHistory(last);
    for (const prefix of ONCE) await this.#copyNew(prefix);
    await this.#copyManifests(last);
    // Single manifests that a page has replaced since are in the page.
    await this.#copyNew(PAGE_PREFIX);
    for (const prefix of CHANGING) await this.#mirror(prefix);
    await this.#copyLake();
    const manifests = (await new ManifestLog(this.#to, this.#log).last())?.number ?? 0;
    if (manifests < last) throw new TailraceError('LAKE_CORRUPT', `${manifestKey(manifests + 1)} could not be copied: it is missing`);
    return { objects: this.#objects, bytes: this.#bytes, manifests };
  }

  /** It changes where the lake is upgraded; its format was copied first. */
  async #copyLake(): Promise<void> {
    const [bytes, there] = await Promise.all([this.#from.get(LAKE_KEY), this.#to.get(LAKE_KEY)]);
    if (bytes === null || (there !== null && Buffer.compare(bytes, there) === 0)) return;
    await (there === null ? this.#to.put(LAKE_KEY, bytes) : this.#to.replace(LAKE_KEY, bytes));
    this.#note(bytes);
  }

  /** A target that was written by itself is not overwritten. */
  async #requireOneHistory(last: number): Promise<void> {
    const [mine, theirs] = [new ManifestLog(this.#from, this.#log), new ManifestLog(this.#to, this.#log)];
    const copied = await theirs.last();
    if (copied === null) return;
    const same = copied.number <= last ? await mine.read(copied.number) : null;
    if (same?.hash !== copied.hash)
      throw refused(`${placeOf(this.#to)} has a manifest ${copied.number} of its own, so it is not a copy of this lake`);
  }

  /** Objects below a prefix that the target lacks: files of rows, and then what names them. */
  async #copyNew(prefix: string): Promise<void> {
    const records: string[] = [];
    let files: string[] = [];
    for await (const key of missingIn(this.#from, this.#to, prefix)) {
      if (parseDataKey(key) === null) records.push(key);
      else files.push(key);
      if (files.length < TOGETHER) continue;
      await Promise.all(files.map((file) => this.#copy(file)));
      files = [];
    }
    await Promise.all(files.map((file) => this.#copy(file)));
    for (const key of records) {
      // A listing may lag behind the files that a listed record names.
      if (prefix === SNAPSHOT_PREFIX || prefix === BASE_PREFIX) await this.#copyNamed(key);
      await this.#copy(key);
    }
  }

  async #copyManifests(last: number): Promise<void> {
    for await (const key of missingIn(this.#from, this.#to, STREAM_PREFIX)) {
      const number = manifestNumber(key);
      if (number === null || number > last) continue;
      await this.#copyNamed(key);
      await this.#copy(key);
    }
  }

  /** The files that a record names, where they are not copied yet. One that was swept is left. */
  async #copyNamed(record: string): Promise<void> {
    const bytes = await this.#from.get(record);
    for (const path of pathsIn(bytes)) if ((await this.#to.head(path)) === null) await this.#copy(path);
  }

  /** Objects that change are replaced, and those that are gone are removed. */
  async #mirror(prefix: string): Promise<void> {
    const kept = new Set<string>();
    for await (const key of keysOf(this.#from, prefix)) {
      if (isStoreProbe(key)) continue;
      kept.add(key);
      const bytes = await this.#from.get(key);
      if (bytes === null) continue;
      await this.#to.replace(key, bytes);
      this.#note(bytes);
    }
    for await (const key of keysOf(this.#to, prefix)) if (!kept.has(key)) await this.#to.delete(key);
  }

  /** An object that was removed since it was listed is left out. */
  async #copy(key: string): Promise<void> {
    const bytes = await this.#from.get(key);
    if (bytes === null) return;
    if ((await this.#to.put(key, bytes)) === 'stored') this.#note(bytes);
  }

  #note(bytes: Uint8Array): void {
    this.#objects += 1;
    this.#bytes += bytes.byteLength;
    this.#progress({ objects: this.#objects, bytes: this.#bytes });
  }
}

function refused(what: string): TailraceError {
  return new TailraceError('BAD_ARGUMENT', what, { hint: 'Choose an empty place.' });
}

/** Data objects that a record names, in any field. */
function pathsIn(bytes: Uint8Array | null): string[] {
  const text = bytes === null ? '' : Buffer.from(bytes).toString();
  return [...text.matchAll(/"path":"([^"\\]+\.arrow)"/g)].map(([, path = '']) => path);
}
