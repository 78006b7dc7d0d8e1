import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { matchNamed } from '../core/table-glob.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { StoredManifest } from '../lake/manifest.ts';
import { eventfulManifests } from '../lake/pages/eventful.ts';
import { SchemaStore } from '../lake/schema-store.ts';
import { changeText, schemaDifference } from '../lake/schemas/schema-difference.ts';
import { SchemaHistory } from '../lake/schemas/schema-history.ts';
import type { SchemaVersion } from '../lake/schemas/schema-history.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';

/** A version that the readers of the version before it cannot follow. */
export interface BreakingVersion {
  readonly before: SchemaVersion;
  readonly version: SchemaVersion;
  /** What changed, for people. */
  readonly what: string;
}

/** For how long a change is told. */
const TOLD_MS = 24 * 60 * 60 * 1000;
/** Batches of one look, so that a long lake holds no look up. */
const BATCHES = 1_000;

interface Told extends BreakingVersion {
  readonly atMs: number;
}

/** Follows the versions of tables in the lake. Out: those of the last day that break readers. */
export class SchemaWatch {
  readonly #store: ObjectStore;
  readonly #manifests: ManifestLog;
  readonly #history: SchemaHistory;
  readonly #tables: readonly string[] | null;
  readonly #log: Log;
  #passed = 0;
  #told: readonly Told[] = [];

  /** `tables`: globs; null: all. */
  constructor({ store, tables, log }: { store: ObjectStore; tables: readonly string[] | null; log: Log }) {
    this.#store = store;
    this.#manifests = new ManifestLog(store, log);
    this.#history = new SchemaHistory(new SchemaStore(store));
    this.#tables = tables;
    this.#log = log;
  }

  /** Reads the batches that are new. A lake that does not answer is read on by the next look. */
  async look(nowMs: number): Promise<readonly BreakingVersion[]> {
    try {
      if (this.#passed === 0) await this.#catchUp();
      for (let read = 0; read < BATCHES; read += 1) {
        const manifest = await this.#manifests.read(this.#passed + 1);
        if (manifest === null) break;
        await this.#pass(manifest);
        this.#passed += 1;
      }
    } catch (error) {
      this.#log.debug({ error: describeError(error) }, 'versions of tables could not be read');
    }
    this.#told = this.#told.filter(({ atMs }) => nowMs - atMs < TOLD_MS);
    const newest = new Map(this.#told.map((one) => [one.version.table, one]));
    return matchNamed(
      this.#tables,
      [...newest].map(([table, one]) => ({ table, one })),
      true,
    ).map(({ one }) => one);
  }

  /** What the lake has by now: only batches with catalog events are read. */
  async #catchUp(): Promise<void> {
    const newest = await this.#manifests.newest(null);
    if (newest === null) return;
    for (const manifest of await eventfulManifests(this.#store, this.#manifests, newest.number)) {
      await this.#pass(manifest);
      this.#passed = manifest.number;
    }
    this.#passed = newest.number;
  }

  async #pass(manifest: StoredManifest): Promise<void> {
    const atMs = Date.parse(manifest.commitTimes?.[1] ?? manifest.times?.stored ?? '');
    for (const { before, version } of await this.#history.pass(manifest)) {
      if (before === null) continue;
      const { class: of, changes } = schemaDifference(before.schema, version.schema);
      if (of === 'breaking') this.#told = [...this.#told, { before, version, what: changes.map(changeText).join('; '), atMs }];
    }
  }
}
