import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { oidOf, qualifiedName } from '../../core/table.ts';
import { decodeNamedFile } from '../arrow-read.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { FileEntry } from '../manifest.ts';
import { MissingObject } from '../missing-object.ts';
import { readFloors } from '../retention/floors.ts';
import type { SchemaStore } from '../schema-store.ts';
import { versionText } from '../schemas/schema-history.ts';
import type { SchemaHistory } from '../schemas/schema-history.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { linesFrom } from './merged-lines.ts';
import type { LineSource } from './merged-lines.ts';
import type { LifeSource, TableLife } from './table-life.ts';
import { TapSources } from './tap-sources.ts';
import { sweptError } from './tap-start.ts';
import { tappedFile } from './tapped-file.ts';
import { truncateLine } from './truncate-line.ts';

/** A copy that comes out in a batch. */
export interface Placed {
  readonly life: TableLife;
  readonly source: LifeSource;
  readonly first: boolean;
  readonly at: Lsn;
}

/** Makes lines of the objects of a lake. */
export class TapObjects {
  readonly sources: TapSources;
  readonly #store: ObjectStore;
  readonly #manifests: ManifestLog;
  readonly #schemas: SchemaStore;

  constructor(store: ObjectStore, manifests: ManifestLog, schemas: SchemaStore) {
    this.#store = store;
    this.#manifests = manifests;
    this.#schemas = schemas;
    this.sources = new TapSources(store, manifests, (path, tableId, manifest) => this.object(path, tableId, manifest));
  }

  /** The changes of a table in a batch from a commit on, in the order of its files. */
  async *changes(number: number, files: readonly FileEntry[], of: { since: Lsn; history: SchemaHistory }): LineSource {
    for (const file of files) {
      if (file.maxCommitLsn !== undefined && parseLsn(file.maxCommitLsn) < of.since) continue;
      const schema = await this.#schemas.get(file.tableId, file.schema);
      // Nothing says what the columns of its rows are; a copy follows.
      if (!schema.explained) continue;
      const version = of.history.versionOf(file.tableId, file.schema, parseLsn(file.minCommitLsn ?? '0/0'));
      const tapped = { table: file.table, oid: oidOf(file.tableId), version: version === null ? '' : versionText(version), schema };
      yield linesFrom(tappedFile(tapped, file, decodeNamedFile(await this.object(file.path, file.tableId, number), file)), of.since);
    }
  }

  /** The rows of a copy, after a truncate if the table may have rows. */
  async *copy({ life, source, at, first }: Placed, history: SchemaHistory): LineSource {
    const { tableId } = life;
    const hash = await this.sources.schemaOf(tableId, source);
    if (hash === null) return;
    const plan = this.sources.plans.find((one) => one.tableId === tableId && one.generation === source.generation);
    if (history.versionOf(tableId, hash, at) === null && plan !== undefined)
      await history.pass({ to: formatLsn(at), files: [], catalog: [] }, [plan]);
    const schema = await this.#schemas.get(tableId, hash);
    const version = history.versionOf(tableId, hash, at);
    const table = qualifiedName(schema.schema, schema.name);
    // A reader may have rows of an earlier life of the table.
    if (!first) yield [truncateLine(history, tableId, at)];
    yield* this.sources.lines({ table, oid: oidOf(tableId), version: version === null ? '' : versionText(version), schema }, source, at);
  }

  /** An object that a batch names. LAKE_SWEPT, LAKE_CORRUPT when it is not there. */
  async object(path: string, tableId: string, manifest: number): Promise<Uint8Array> {
    const found = await this.#store.get(path);
    if (found !== null) return found;
    const floor = (await readFloors(this.#store)).get(tableId) ?? 0;
    throw floor > 0 && manifest <= floor ? await sweptError(this.#manifests, floor) : new MissingObject(path);
  }
}
