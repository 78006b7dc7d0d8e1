import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { isShownNotNull, qualifiedName, tableId } from '../../core/table.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { checksum } from '../../lake/arrow-file.ts';
import { chunkDataKey, dataKey } from '../../lake/keys.ts';
import { putEpoch } from '../../lake/epoch.ts';
import { FEATURES } from '../../lake/format/format.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { SourceIdentity } from '../../lake/lake-identity.ts';
import type { CatalogEvent, FileEntry, Manifest } from '../../lake/manifest.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { chunkFields, streamFields } from '../../lake/row-columns.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import { putChunk, putDone, putPlan } from '../../lake/snapshot-log.ts';
import { silentLogger } from '../../core/log.ts';
import { encodeChanges, withLineage } from './change-file.ts';
import type { Change, Row } from './change-file.ts';

/** Columns in short: name → type, ids from 1. */
export function tableSchema(options: {
  oid: number;
  name: string;
  columns: Readonly<Record<string, ColumnType>>;
  /** Names of columns that are NOT NULL. */
  notNull?: readonly string[];
  key?: readonly string[];
  identity?: TableSchema['identity'];
  epoch?: number;
}): TableSchema {
  const { oid, name, columns, notNull = [], key = [], epoch = 1 } = options;
  const made = Object.entries(columns).map(([columnName, type], index): Column => ({
    id: index + 1,
    name: columnName,
    attnum: index + 1,
    typeOid: 0,
    typmod: -1,
    typeName: type.kind,
    field: columnName,
    type,
    missing: null,
    ...(notNull.includes(columnName) ? { notNull: true as const } : {}),
  }));
  return {
    tableId: tableId(oid, epoch),
    oid,
    epoch,
    schema: 'public',
    name,
    columns: made,
    explained: true,
    identity: options.identity ?? 'key',
    key: key.flatMap((column) => made.filter((one) => one.name === column).map((one) => one.id)),
  };
}

/** Writes lakes as replicator and snapshotter do, from rows in Postgres's text form. */
export class LakeWriter {
  readonly store: ObjectStore;
  readonly #schemas: SchemaStore;
  readonly #log: ManifestLog;
  #number = 0;
  #hash: string | null = null;
  #files = 0;
  #to = 1n;

  /** Goes on where the lake ends. `source`: what it was made from. */
  static async open(store: ObjectStore, source: SourceIdentity = { systemId: '1', database: 'test' }): Promise<LakeWriter> {
    await openLake(store, source);
    const writer = new LakeWriter(store);
    await writer.#goOn();
    return writer;
  }

  async #goOn(): Promise<void> {
    const last = await this.#log.newest(null);
    if (last === null) return;
    this.#number = last.number;
    this.#hash = last.hash;
    this.#to = parseLsn(last.to);
    this.#files = last.number * 1000;
  }

  /** The next epoch, which begins where the lake ends. */
  async epoch(number: number): Promise<void> {
    const consistentPoint = formatLsn(this.#to);
    await putEpoch(this.store, { epoch: number, slot: 'tailrace_test', consistentPoint, systemId: '1', timeline: 1 });
  }

  private constructor(store: ObjectStore) {
    this.store = store;
    this.#schemas = new SchemaStore(store);
    this.#log = new ManifestLog(store, silentLogger());
  }

  /** One data file; it counts once a batch has it. */
  async file(schema: TableSchema, made: readonly Change[], rows = made.length): Promise<FileEntry> {
    const changes = withLineage(schema, made);
    const keyChanges = changes.filter((change) => change.keyChange === true).length;
    const bytes = encodeChanges(streamFields(schema, keyChanges > 0), schema, changes);
    this.#files += 1;
    const path = dataKey(schema.tableId, 'abcdef0123456789', this.#files);
    await this.store.put(path, bytes);
    const lsns = changes.map((change) => change.lsn).toSorted((a, b) => (a < b ? -1 : 1));
    const count = (op: Change['op']): number => changes.filter((change) => change.op === op && change.keyChange !== true).length;
    return {
      path,
      table: qualifiedName(schema.schema, schema.name),
      tableId: schema.tableId,
      schema: await this.#schemas.put(schema),
      rows,
      bytes: bytes.length,
      checksum: checksum(bytes),
      inserts: count('I') + rows - made.length,
      updates: count('U'),
      deletes: count('D'),
      truncates: count('T'),
      unchanged: changes.filter((change) => Object.values(change.row).includes(undefined)).length,
      ...nullsOf(
        schema,
        changes.filter(({ op }) => op !== 'D' && op !== 'T').map(({ row }) => row),
      ),
      keyChanges,
      minCommitLsn: formatLsn(lsns[0] ?? 0n),
      maxCommitLsn: formatLsn(lsns.at(-1) ?? 0n),
    };
  }

  /** The same of a transaction that came while it ran: its file knows nothing of its commit. */
  async streamedFile(
    schema: TableSchema,
    made: readonly Omit<Change, 'lsn'>[],
    of: { commitLsn: bigint; abortedXids?: number[] },
  ): Promise<FileEntry> {
    const file = await this.file(
      schema,
      made.map((change) => ({ ...change, lsn: 0n })),
    );
    const commitLsn = formatLsn(of.commitLsn);
    const facts = { minCommitLsn: commitLsn, maxCommitLsn: commitLsn, commitLsn, commitTime: '2026-01-01T00:00:00.000000Z', topXid: 7 };
    return { ...file, ...facts, ...(of.abortedXids === undefined ? {} : { abortedXids: of.abortedXids }) };
  }

  /** One batch; it ends after its last commit, or at `to`. */
  async batch(
    files: readonly FileEntry[],
    more: { catalog?: CatalogEvent[]; to?: bigint; epoch?: number; facts?: string } = {},
  ): Promise<Manifest> {
    // A source that was set back begins its new epoch below the end of the old one.
    const from = more.to !== undefined && more.to < this.#to ? more.to : this.#to;
    const last = files
      .map((file) => BigInt(`0x${(file.maxCommitLsn ?? '0/0').split('/')[1]}`))
      .reduce((most, lsn) => (lsn > most ? lsn : most), from);
    this.#to = more.to ?? last + 1n;
    this.#number += 1;
    const at = new Date(Date.UTC(2026, 0, 1) + this.#number * 1000).toISOString().replace('Z', '000Z');
    const manifest: Manifest = {
      number: this.#number,
      epoch: more.epoch ?? 1,
      writer: 'abcdef0123456789',
      ...(this.#hash === null ? {} : { previous: this.#hash }),
      from: formatLsn(from),
      to: formatLsn(this.#to),
      commitTimes: [at, at],
      heartbeat: files.length === 0 && (more.catalog ?? []).length === 0,
      files: [...files],
      catalog: more.catalog ?? [],
      ...(more.facts === undefined ? {} : { facts: more.facts }),
      knows: [...FEATURES],
    };
    this.#hash = await this.#log.append(manifest);
    return manifest;
  }

  /** What a batch says of a table beside its rows. */
  async event(kind: CatalogEvent['kind'], schema: TableSchema): Promise<CatalogEvent> {
    const of = { kind, table: qualifiedName(schema.schema, schema.name), tableId: schema.tableId };
    return kind === 'dropped' ? of : { ...of, schema: await this.#schemas.put(schema) };
  }

  /** A schema without rows; its hash. */
  schema(schema: TableSchema): Promise<string> {
    return this.#schemas.put(schema);
  }

  /**
   * A copy at a consistent point, one chunk per list of rows; whole unless `done` is false. The
   * first `from` chunks are there already.
   */
  async copy(
    schema: TableSchema,
    at: { generation: number; lsn: bigint; createdAt?: string },
    chunks: readonly (readonly Row[])[],
    { done = true, from = 0 }: { done?: boolean; from?: number } = {},
  ): Promise<void> {
    const of = { tableId: schema.tableId, generation: at.generation };
    await putPlan(this.store, {
      ...of,
      table: qualifiedName(schema.schema, schema.name),
      schema: await this.#schemas.put(schema),
      consistentPoint: formatLsn(at.lsn),
      epoch: schema.epoch,
      filenodes: [],
      ranges: [],
      reason: 'test',
      estimatedRows: 0,
      createdAt: at.createdAt ?? '2026-01-01T00:00:00Z',
    });
    for (const [index, rows] of chunks.entries()) {
      if (index < from) continue;
      const bytes = encodeChanges(
        chunkFields(schema),
        schema,
        rows.map((row): Change => ({ op: 'I', lsn: at.lsn, ordinal: 0, row })),
      );
      this.#files += 1;
      const path = chunkDataKey(of, 'abcdef0123456789', this.#files);
      await this.store.put(path, bytes);
      const range = { leafOid: schema.oid, from: index, to: null };
      await putChunk(this.store, {
        ...of,
        n: index + 1,
        path,
        rows: rows.length,
        bytes: bytes.length,
        checksum: checksum(bytes),
        range,
        ...nullsOf(schema, rows),
      });
    }
    if (done) await putDone(this.store, { ...of, chunks: chunks.length, rows: chunks.flat().length });
  }
}

/** As replicator and snapshotter say it: columns that are NOT NULL and have a NULL all the same. */
function nullsOf(schema: TableSchema, rows: readonly Row[]): { nulls?: number[] } {
  const nulls = schema.columns.filter((column) => isShownNotNull(schema, column) && rows.some((row) => isNull(column, row)));
  return nulls.length === 0 ? {} : { nulls: nulls.map(({ id }) => id) };
}

function isNull({ name, type }: Column, row: Row): boolean {
  return row[name] === null || (type.kind === 'numeric' && row[name] === 'NaN');
}
