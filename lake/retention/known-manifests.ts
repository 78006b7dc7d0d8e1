import type { ManifestLog } from '../manifest-log.ts';
import type { StoredManifest } from '../manifest.ts';

/** This many are remembered, those that were asked for last. */
const KEPT = 256;

/** Manifests as one look reads them. They never change, and many searches meet the same ones. */
export class KnownManifests {
  readonly #log: ManifestLog;
  readonly #known = new Map<number, StoredManifest>();

  constructor(log: ManifestLog) {
    this.#log = log;
  }

  /** As `ManifestLog.read`. */
  async read(number: number): Promise<StoredManifest | null> {
    const found = this.#known.get(number) ?? (await this.#log.read(number));
    this.#known.delete(number);
    if (found === null) return null;
    this.#known.set(number, found);
    for (const oldest of this.#known.keys()) if (this.#known.size > KEPT) this.#known.delete(oldest);
    return found;
  }

  /** As `ManifestLog.firstNotBelow`. */
  firstNotBelow(upTo: number, isBelow: (manifest: StoredManifest) => boolean): Promise<number> {
    return this.#log.firstNotBelow(upTo, isBelow, (number) => this.read(number));
  }
}
