import { TailraceError } from '../../core/errors.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { Manifest, StoredManifest } from '../../lake/manifest.ts';
import { TOGETHER } from '../../lake/read-in-order.ts';

/** Manifests that one slice reads; a page has as many. */
const SLICE = 1_000;

/** Bytes of a table's batches after a manifest. */
interface Counted {
  readonly after: number;
  bytes: number;
}

/** Manifests that are still to be read. */
interface Reading {
  next: number;
  readonly upTo: number;
  readonly tables: ReadonlyMap<string, Counted>;
}

/**
 * Bytes of the batches of each table since its last base. Batches that are applied are noted; those
 * that were applied before are read from the lake, in slices. While that lasts, a figure is too
 * small.
 */
export class BatchBytes {
  readonly #manifests: Pick<ManifestLog, 'read'>;
  readonly #tables = new Map<string, Counted>();
  #reading: Reading | null = null;

  constructor(manifests: Pick<ManifestLog, 'read'>) {
    this.#manifests = manifests;
  }

  /** Notes batches that were applied. */
  note(batches: readonly Pick<Manifest, 'files'>[]): void {
    for (const { tableId, bytes } of batches.flatMap(({ files }) => files)) {
      const counted = this.#tables.get(tableId);
      if (counted !== undefined) counted.bytes += bytes;
    }
  }

  /** Bytes since the last base, as far as they are known. */
  of(tableId: string): number {
    return this.#tables.get(tableId)?.bytes ?? 0;
  }

  get isReading(): boolean {
    return this.#reading !== null;
  }

  /**
   * Begins to read what is not known yet. `since`: by table, the manifest of its last base.
   * `front`: the last manifest that was noted.
   */
  begin(since: ReadonlyMap<string, number>, front: number): void {
    if (this.#reading !== null) return;
    const tables = new Map<string, Counted>();
    for (const [tableId, after] of since) if (this.#tables.get(tableId)?.after !== after) tables.set(tableId, { after, bytes: 0 });
    for (const [tableId, counted] of tables) this.#tables.set(tableId, counted);
    const next = Math.min(Number.POSITIVE_INFINITY, ...[...tables.values()].map(({ after }) => after)) + 1;
    if (next <= front) this.#reading = { next, upTo: front, tables };
  }

  /** Reads one slice. False: there is nothing to read. */
  async read(): Promise<boolean> {
    const reading = this.#reading;
    if (reading === null) return false;
    const end = Math.min(reading.next + SLICE - 1, reading.upTo);
    for (; reading.next <= end; reading.next += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, end - reading.next + 1) }, (_, index) => reading.next + index);
      for (const manifest of await Promise.all(numbers.map((number) => this.#readable(number))))
        if (manifest !== null) add(reading, manifest);
    }
    reading.next = end + 1;
    if (end === reading.upTo) this.#reading = null;
    return true;
  }

  /** A base was written of a table at a manifest, when this many bytes were counted. */
  based(tableId: string, manifest: number, bytes: number): void {
    const counted = this.#tables.get(tableId);
    if (counted !== undefined && this.#reading?.tables.has(tableId) !== true)
      this.#tables.set(tableId, { after: manifest, bytes: counted.bytes - bytes });
  }

  /** null also when it is damaged: others say so. */
  async #readable(number: number): Promise<StoredManifest | null> {
    return this.#manifests.read(number).catch((error: unknown) => {
      if (error instanceof TailraceError && error.code === 'LAKE_CORRUPT') return null;
      throw error;
    });
  }
}

function add({ tables }: Reading, { number, files }: StoredManifest): void {
  for (const { tableId, bytes } of files) {
    const counted = tables.get(tableId);
    if (counted !== undefined && number > counted.after) counted.bytes += bytes;
  }
}
