import { TailraceError } from '../core/errors.ts';
import { systemTime } from '../core/time.ts';
import type { Time } from '../core/time.ts';
import { KnownFormat } from './format/format.ts';
import type { Format } from './format/format.ts';
import { openLake, placeOf, readLake } from './lake-identity.ts';
import type { LakeInfo, SourceIdentity } from './lake-identity.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * The lake that a process works with, found again before each use. A volume may be unmounted under
 * a running process, and its mount point then looks like an empty folder or another lake. A lake
 * that was found once is never made again, and nothing is written to what is in its place.
 */
export class SameLake {
  readonly #store: ObjectStore;
  readonly #format: KnownFormat;
  #id: string | null;

  /** `id`: the lake must have it; null: the first lake found. */
  constructor(store: ObjectStore, id: string | null = null, time: Time = systemTime) {
    this.#store = store;
    this.#format = new KnownFormat(store, time);
    this.#id = id;
  }

  /**
   * Identifies the lake, and looks at its format. LAKE_UNAVAILABLE while the lake that was found
   * before is away, LAKE_REPLACED when another one is in its place. Before one was found: as
   * `openLake`, which makes it for a caller with an identity.
   */
  async open(identity: SourceIdentity | null): Promise<LakeInfo> {
    const format = (): Promise<Format> => this.#format.look();
    const lake = this.#id === null ? await openLake(this.#store, identity, format) : await this.#require(identity, format);
    this.#id = lake.id;
    return lake;
  }

  /**
   * The lake as it is now, with a format that is at most a minute old. Errors as those of `open`,
   * and LAKE_MISSING where none was ever found.
   */
  async require(identity: SourceIdentity | null = null): Promise<LakeInfo> {
    return this.#require(identity, () => this.#format.recent());
  }

  async #require(identity: SourceIdentity | null, format: () => Promise<Format>): Promise<LakeInfo> {
    const found = await readLake(this.#store, identity, format);
    const place = placeOf(this.#store);
    if (found === null && this.#id === null) throw new TailraceError('LAKE_MISSING', `there is no lake in ${place}`);
    if (found === null) throw new TailraceError('LAKE_UNAVAILABLE', `the lake is no longer in ${place}: lake.json is missing`);
    if (this.#id !== null && found.id !== this.#id) {
      throw new TailraceError(
        'LAKE_REPLACED',
        `${place} now holds lake ${found.id.slice(0, 8)}, but held lake ${this.#id.slice(0, 8)} before`,
      );
    }
    return found;
  }
}
