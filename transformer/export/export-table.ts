import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import { formatLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { isoTime, wall } from '../../core/time.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { exportPrefix, filePath, manifestKey, manifestPath, tablePrefix } from './export-key.ts';
import { encodeExport, FORMAT, readManifest } from './export-manifest.ts';
import type { ExportedFile, ExportManifest } from './export-manifest.ts';
import { checkPlace } from './export-place.ts';
import { moveLatest } from './move-latest.ts';
import { parquetColumn } from './parquet-column.ts';
import { planFiles } from './plan-files.ts';
import type { PlannedFolder } from './plan-files.ts';
import { removeOlder, removeUnnamed } from './remove-exports.ts';
import { writeFile } from './write-file.ts';

/** Rows of one file. More are divided by a hash, with one reading of the table per file. */
const FILE_ROWS = 4_000_000;

/** A table that does not change while it is exported. */
export interface ExportSource {
  /** `schema.table` or `database.model` */
  readonly table: string;
  /** Everything below it is in the rows. */
  readonly lsn: Lsn;
  readonly asOf: string | null;
  /** What stands behind FROM: its name in the warehouse, quoted. */
  readonly from: string;
  /** Columns that no two rows agree in; empty: none are known. */
  readonly key: readonly string[];
  /** Columns of type String that hold any bytes. */
  readonly binary: readonly string[];
  /** Columns that are not exported. */
  readonly hidden: readonly string[];
}

export interface ExportOptions {
  readonly engine: Pick<Engine, 'query' | 'read'>;
  /** from `openPlace` */
  readonly place: ObjectStore;
  readonly source: ExportSource;
  readonly partition: string | null;
  /** How many exports of the table stay; null: all. */
  readonly keep: number | null;
  readonly fileRows?: number;
  readonly signal?: AbortSignal;
}

/** What an export has done. */
export interface ExportResult {
  /** `unchanged`: that LSN had been exported before, so nothing was written. */
  readonly status: 'exported' | 'unchanged';
  readonly manifest: ExportManifest;
  /** of the manifest, relative to the place */
  readonly path: string;
  /** older exports that were removed */
  readonly removed: number;
}

/**
 * Exports a table: data files → manifest.json → latest.json, each only when the one before is
 * stored. A crash leaves files that no manifest names; the next export removes them.
 * Errors: EXPORT_TAKEN, EXPORT_UNAVAILABLE, EXPORT_FAILED, BAD_ARGUMENT (the partition), and those
 * of the engine.
 */
export async function exportTable(options: ExportOptions): Promise<ExportResult> {
  const { place, source, keep } = options;
  const { table, lsn } = source;
  await checkPlace(place, table);
  const before = await readManifest(place, table, lsn);
  const stored = before === null ? await writeOrFind(options) : 'exists';
  const manifest = before ?? (await readManifest(place, table, lsn));
  if (manifest === null) throw new TailraceError('EXPORT_FAILED', `${manifestKey(table, lsn)} is gone`);
  await moveLatest(place, table);
  // Also where another export has stored the manifest: both may have died before this.
  await removeUnnamed(place, table, lsn);
  const removed = keep === null ? 0 : await removeOlder(place, table, keep);
  const path = tablePrefix(table) + manifestPath(table, lsn);
  return { status: stored === 'stored' ? 'exported' : 'unchanged', manifest, path, removed };
}

/**
 * Another exporter of the same LSN that is faster removes all files that its manifest does not
 * name, so those that are written here too.
 */
async function writeOrFind(options: ExportOptions): Promise<'stored' | 'exists'> {
  try {
    return await write(options);
  } catch (error) {
    const { place, source } = options;
    if ((await readManifest(place, source.table, source.lsn).catch(() => null)) === null) throw error;
    return 'exists';
  }
}

async function write(options: ExportOptions): Promise<'stored' | 'exists'> {
  const { engine, place, source, partition } = options;
  const columns = await columnsOf(engine, source);
  const folders = await planFiles(engine, { ...source, columns, partition, fileRows: options.fileRows ?? FILE_ROWS });
  const files = await writeFolders(options, folders);
  await checkStored(place, source, files);
  const stored = await place.put(
    manifestKey(source.table, source.lsn),
    encodeExport({
      format: FORMAT,
      table: source.table,
      lsn: formatLsn(source.lsn),
      asOf: source.asOf,
      exportedAt: isoTime(wall()),
      columns: columns.map(({ name, type, written }) => ({ name, type, ...(written === null ? {} : { written }) })),
      partition,
      rows: files.reduce((sum, { rows }) => sum + rows, 0),
      files,
    }),
  );
  failpoint('export-manifest-put');
  return stored;
}

async function columnsOf(
  engine: Pick<Engine, 'query'>,
  { from, binary, hidden }: ExportSource,
): Promise<ReturnType<typeof parquetColumn>[]> {
  const found = await engine.query<{ name: string; type: string }>(sql('export-columns', { from }));
  return found.filter(({ name }) => !hidden.includes(name)).map(({ name, type }) => parquetColumn(name, type, binary.includes(name)));
}

/**
 * Writes all files, one after the other. EXPORT_FAILED when a folder has other rows than counted.
 */
async function writeFolders(options: ExportOptions, folders: readonly PlannedFolder[]): Promise<ExportedFile[]> {
  const { source } = options;
  const prefix = exportPrefix(source.table, source.lsn);
  const writer = randomBytes(4).toString('hex');
  const written: ExportedFile[] = [];
  for (const { files, rows } of folders) {
    let counted = 0;
    for (const { folder, selects } of files) {
      const path = filePath(folder, written.length, writer);
      const file = await writeFile(options, { key: prefix + path, path, selects });
      failpoint('export-file-put');
      written.push(file);
      counted += file.rows;
    }
    if (counted !== rows)
      throw new TailraceError(
        'EXPORT_FAILED',
        `${source.table} has ${rows} rows in ${files[0]?.folder || 'all'}, but ${counted} were written`,
      );
  }
  return written;
}

/** Throws EXPORT_FAILED unless the place has every file with the bytes that were written. */
async function checkStored(place: ObjectStore, { table, lsn }: ExportSource, files: readonly ExportedFile[]): Promise<void> {
  const prefix = exportPrefix(table, lsn);
  for (const { path, bytes } of files) {
    const facts = await place.head(prefix + path);
    if (facts?.bytes !== bytes)
      throw new TailraceError('EXPORT_FAILED', `${prefix}${path} has ${facts?.bytes ?? 'no'} bytes, but ${bytes} were written`);
  }
}
