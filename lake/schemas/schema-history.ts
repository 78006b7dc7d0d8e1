import { oidOf, qualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { Manifest, StoredManifest } from '../manifest.ts';
import { eventfulManifests } from '../pages/eventful.ts';
import { SchemaStore } from '../schema-store.ts';
import { SnapshotLog } from '../snapshot-log.ts';
import type { SnapshotPlan } from '../snapshot-log.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** The shape of a table from a position on. */
export interface SchemaVersion {
  /** From 1. */
  readonly n: number;
  /** `schema.table`, its name in this version. */
  readonly table: string;
  /** Where it was seen first: a commit, the point of a copy, or the end of a batch. */
  readonly lsn: string;
  readonly schema: TableSchema;
}

/** `public.orders@3` */
export function versionText({ table, n }: Pick<SchemaVersion, 'table' | 'n'>): string {
  return `${table}@${n}`;
}

/** A table through renames, new epochs, and being dropped and created again. */
interface Line {
  readonly versions: SchemaVersion[];
  oid: number;
}

/** A version, and the one of its table before it; null: it is the first. */
export interface NewVersion {
  readonly before: SchemaVersion | null;
  readonly version: SchemaVersion;
}

const NOTHING: Pick<Manifest, 'to' | 'files' | 'catalog'> = { to: '0/0', files: [], catalog: [] };

type Seen = { readonly tableId: string; readonly schema: string; readonly lsn: bigint };

/**
 * The versions of all tables. In: batches in order, and copies. Out: for each table its shapes in
 * the order in which they appeared. Equal batches give equal numbers, so they need not be stored.
 */
export class SchemaHistory {
  readonly #schemas: SchemaStore;
  readonly #lines: Line[] = [];
  readonly #byOid = new Map<number, Line>();
  readonly #byName = new Map<string, Line>();
  /** By table: the last schema that was seen. */
  readonly #last = new Map<string, string>();
  /** By table and schema, in order. */
  readonly #versions = new Map<string, SchemaVersion[]>();

  constructor(schemas: SchemaStore) {
    this.#schemas = schemas;
  }

  /** The versions of each table, oldest first. */
  get tables(): readonly (readonly SchemaVersion[])[] {
    return this.#lines.map(({ versions }) => versions);
  }

  /**
   * The version that rows in a schema have at a position; null: the schema was not seen, or its
   * columns are unexplained.
   */
  versionOf(tableId: string, schema: string, at: Lsn): SchemaVersion | null {
    const versions = this.#versions.get(`${tableId} ${schema}`) ?? [];
    return versions.findLast(({ lsn }) => parseLsn(lsn) <= at) ?? versions[0] ?? null;
  }

  /** The newest version of a table; null: it was not seen. */
  newest(tableId: string): SchemaVersion | null {
    return this.#byOid.get(oidOf(tableId))?.versions.at(-1) ?? null;
  }

  /**
   * Takes a batch, and copies whose point lies in it or before it; returns the versions that were
   * new. A batch without catalog events has rows in known schemas only, some of which may be older:
   * parts of a transaction that began before a change.
   */
  async pass(manifest: Pick<Manifest, 'to' | 'files' | 'catalog'>, copies: readonly SnapshotPlan[] = []): Promise<NewVersion[]> {
    const files = manifest.files.filter(
      ({ tableId, schema }) => manifest.catalog.length > 0 || !this.#versions.has(`${tableId} ${schema}`),
    );
    const seen: Seen[] = [
      ...copies.map(({ tableId, schema, consistentPoint }) => ({ tableId, schema, lsn: parseLsn(consistentPoint) })),
      ...files.map(({ tableId, schema, minCommitLsn }) => ({ tableId, schema, lsn: parseLsn(minCommitLsn ?? manifest.to) })),
      ...manifest.catalog.flatMap(({ tableId, schema }) => (schema === undefined ? [] : [{ tableId, schema, lsn: parseLsn(manifest.to) }])),
    ];
    const found: NewVersion[] = [];
    for (const one of seen.toSorted((a, b) => (a.lsn < b.lsn ? -1 : a.lsn > b.lsn ? 1 : 0))) found.push(...(await this.#see(one)));
    return found;
  }

  async #see({ tableId, schema: hash, lsn }: Seen): Promise<NewVersion[]> {
    if (this.#last.get(tableId) === hash) return [];
    this.#last.set(tableId, hash);
    const schema = await this.#schemas.get(tableId, hash);
    const line = schema.explained ? this.#lineOf(schema) : null;
    const last = line?.versions.at(-1);
    const isNew = last === undefined || shapeOf(last.schema) !== shapeOf(schema);
    if (line !== null && isNew) line.versions.push({ n: line.versions.length + 1, table: nameOf(schema), lsn: formatLsn(lsn), schema });
    const version = line?.versions.at(-1);
    if (version === undefined) return [];
    const known = this.#versions.get(`${tableId} ${hash}`) ?? [];
    this.#versions.set(`${tableId} ${hash}`, [...known, version]);
    return isNew ? [{ before: last ?? null, version }] : [];
  }

  /** A table that was created again under a name continues the versions of that name. */
  #lineOf(schema: TableSchema): Line {
    const oid = oidOf(schema.tableId);
    const name = nameOf(schema);
    let line = this.#byOid.get(oid) ?? this.#byName.get(name);
    if (line === undefined) {
      line = { versions: [], oid };
      this.#lines.push(line);
    }
    const before = line.versions.at(-1)?.table;
    // Another table may take the name that this one had.
    if (before !== undefined && before !== name && this.#byName.get(before) === line) this.#byName.delete(before);
    if (line.oid !== oid) this.#byOid.delete(line.oid);
    line.oid = oid;
    this.#byOid.set(oid, line);
    this.#byName.set(name, line);
    return line;
  }
}

/**
 * Reads the versions of all tables, from copies and from the batches that have catalog events.
 * `tell` is called with each of these batches, in order. `schemas`: where schemas are read from.
 */
export async function readSchemaHistory(
  store: ObjectStore,
  log: ManifestLog,
  { schemas = new SchemaStore(store), tell = () => undefined }: { schemas?: SchemaStore; tell?: (manifest: StoredManifest) => void } = {},
): Promise<SchemaHistory> {
  const history = new SchemaHistory(schemas);
  const copies = await donePlans(new SnapshotLog(store));
  const last = (await log.newest(null))?.number ?? 0;
  for (const manifest of await eventfulManifests(store, log, last)) {
    // A source that was set back has positions of an earlier epoch again.
    for (const copy of takeCopies(copies, { epoch: manifest.epoch, to: '0/0' })) await history.pass(NOTHING, [copy]);
    await history.pass(manifest, takeCopies(copies, manifest));
    tell(manifest);
  }
  // The stream has yet to reach some of them.
  for (const copy of copies) await history.pass(NOTHING, [copy]);
  return history;
}

/** Plans of finished copies, by epoch and point. */
export async function donePlans(copies: SnapshotLog): Promise<SnapshotPlan[]> {
  const done = (await copies.listed()).filter((copy) => copy.done);
  const plans = await Promise.all(done.map((copy) => copies.plan(copy)));
  return plans
    .filter((plan) => plan !== null)
    .toSorted((a, b) => a.epoch - b.epoch || Number(parseLsn(a.consistentPoint) - parseLsn(b.consistentPoint)));
}

/** Takes out of a list the copies whose point lies in a batch or before it. */
function takeCopies(copies: SnapshotPlan[], { epoch, to }: Pick<Manifest, 'epoch' | 'to'>): SnapshotPlan[] {
  const end = parseLsn(to);
  const later = copies.findIndex((copy) => copy.epoch > epoch || (copy.epoch === epoch && parseLsn(copy.consistentPoint) >= end));
  return copies.splice(0, later < 0 ? copies.length : later);
}

function nameOf({ schema, name }: TableSchema): string {
  return qualifiedName(schema, name);
}

/** What a reader can see of a schema. A new epoch, for example, changes nothing of it. */
function shapeOf(schema: TableSchema): string {
  const columns = schema.columns.map(({ id, name, typeName, type, notNull, mask }) => [id, name, typeName, type, notNull, mask]);
  return JSON.stringify([schema.schema, schema.name, schema.identity, schema.key, columns]);
}
