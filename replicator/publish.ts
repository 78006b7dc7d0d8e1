import { TailraceError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { formatLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import type { TableRules } from '../core/table-rule.ts';
import { isoTime } from '../core/time.ts';
import type { Time } from '../core/time.ts';
import { isoText } from '../lake/civil-time.ts';
import { FEATURES } from '../lake/format/format.ts';
import type { Anchor, Manifest, StoredManifest } from '../lake/manifest.ts';
import type { ManifestLog } from '../lake/manifest-log.ts';
import type { Acker } from './acker.ts';
import { anchorOf } from './rows/anchor.ts';
import type { FactsStore } from './catalog/facts-store.ts';
import type { FactsObject } from './catalog/stored-facts.ts';
import type { Batch } from './rows/open-batch.ts';
import type { StorePatience } from './store-patience.ts';
import type { Uploads } from './uploads.ts';

/** What a publisher works with. `last` is the newest manifest, null in a new lake. */
export interface PublisherOptions {
  readonly epoch: number;
  readonly writerId: string;
  readonly last: Pick<StoredManifest, 'number' | 'hash'> | null;
  /** The anchor of the newest manifest of this epoch; undefined: it has none. */
  readonly anchor: Anchor | null | undefined;
  readonly rules: TableRules;
  readonly uploads: Pick<Uploads, 'write' | 'unnamed'>;
  readonly manifests: Pick<ManifestLog, 'append'>;
  readonly factsStore: Pick<FactsStore, 'put'>;
  readonly patience: Pick<StorePatience, 'insist'>;
  readonly acker: Acker;
  readonly time: Time;
  readonly acknowledge: (lsn: Lsn) => void;
}

/** Publishes batches in the lake, one after the other. */
export class Publisher {
  readonly #options: PublisherOptions;
  #last: PublisherOptions['last'];
  #anchor: Anchor | null | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#last = options.last;
    this.#anchor = options.anchor;
  }

  /**
   * Resolves when the batch exists and is acknowledged. One call at a time. FENCED: another writer
   * has continued the lake, or a file is gone.
   */
  async publish(batch: Batch, facts: FactsObject): Promise<Manifest> {
    const { uploads, factsStore, patience, acker, time, acknowledge } = this.#options;

    // The order is the promise. A crash between two of these lines leaves objects that nothing
    // names, or repeats what exists. It never leaves a manifest without its rows, and never
    // acknowledges a position that the lake does not have.
    const files = await Promise.all([...batch.written, ...batch.parts.map((part) => uploads.write(part))]);
    const known = await patience.insist(() => factsStore.put(facts, this.#next, batch.catalog.length > 0));
    const manifest = this.#manifestOf(batch, files, known);
    const paths = files.map(({ path }) => path);
    await patience.insist(() => uploads.unnamed.claim(paths));
    const hash = await this.#append(manifest, paths);
    this.#last = { number: manifest.number, hash };
    this.#anchor = manifest.anchor;
    const durable = acker.stored(batch.to, time.elapsed());
    acknowledge(durable);

    failpoint('manifest-put');
    return manifest;
  }

  get #next(): number {
    return (this.#last?.number ?? 0) + 1;
  }

  async #append(manifest: Manifest, paths: readonly string[]): Promise<string> {
    const { manifests, uploads, patience } = this.#options;
    let isTried = false;
    let isAppending = false;
    try {
      return await patience.insist(async () => {
        isAppending = false;
        // The lake may have been out of reach for long.
        if (isTried) await uploads.unnamed.claimAgain(paths);
        isTried = true;
        isAppending = true;
        return manifests.append(manifest);
      });
    } catch (error) {
      // The number belongs to another writer, so nothing will ever name the files. After any other
      // failure the manifest may be stored.
      if (isAppending && error instanceof TailraceError && error.code === 'FENCED') void uploads.unnamed.drop(paths);
      throw error;
    }
  }

  #manifestOf(batch: Batch, files: Manifest['files'], facts: string): Manifest {
    const anchor = batch.anchor === null ? this.#anchor : anchorOf(batch.anchor);
    return {
      number: this.#next,
      ...(this.#last === null ? {} : { previous: this.#last.hash }),
      epoch: this.#options.epoch,
      writer: this.#options.writerId,
      from: formatLsn(batch.from),
      to: formatLsn(batch.to),
      commitTimes: batch.commitTimesUs === null ? null : [isoText(batch.commitTimesUs[0]), isoText(batch.commitTimesUs[1])],
      ...(anchor === undefined ? {} : { anchor }),
      heartbeat: files.length === 0 && batch.catalog.length === 0,
      ...(batch.opened === null ? {} : { times: { received: isoTime(batch.opened.wallMs), stored: isoTime(this.#options.time.wall()) } }),
      files,
      catalog: [...batch.catalog],
      facts,
      ...this.#options.rules.told,
      knows: [...FEATURES],
    };
  }
}
