import { createHash } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { CLICKHOUSE, clickhouseCodeOf } from '../../warehouse/clickhouse-code.ts';
import type { Engine } from '../../warehouse/engine.ts';
import type { ExportedFile } from './export-manifest.ts';
import { ParquetTail } from './parquet-rows.ts';

/**
 * One thread has one row group in memory at a time, of at most these rows or bytes (before
 * compression). A reader of the file needs as much.
 */
const SETTINGS = {
  max_threads: '1',
  output_format_parquet_row_group_size: '500000',
  output_format_parquet_row_group_size_bytes: String(64 * 1024 * 1024),
};

/** A file that is to be written: its place and the statements whose rows it gets. */
interface FileOrder {
  /** of the object */
  readonly key: string;
  /** relative to the manifest */
  readonly path: string;
  /** The next one is tried where the engine lacks memory for one. */
  readonly selects: readonly string[];
}

interface FileEnds {
  readonly engine: Pick<Engine, 'read'>;
  readonly place: ObjectStore;
  readonly signal?: AbortSignal;
}

/**
 * Streams the rows of a statement into the place as one Parquet file. What it holds is what the end
 * of the file says. EXPORT_FAILED when the engine's answer is no Parquet file.
 */
export async function writeFile(ends: FileEnds, { key, path, selects }: FileOrder): Promise<ExportedFile> {
  const [select = '', ...others] = selects;
  try {
    return await writeRows(ends, { key, path, select });
  } catch (error) {
    if (others.length === 0 || clickhouseCodeOf(error) !== CLICKHOUSE.memoryLimit) throw error;
    return writeFile(ends, { key, path, selects: others });
  }
}

async function writeRows(
  { engine, place, signal }: FileEnds,
  { key, path, select }: Pick<FileOrder, 'key' | 'path'> & { select: string },
): Promise<ExportedFile> {
  const { body } = await engine.read({
    sql: select,
    format: 'Parquet',
    settings: SETTINGS,
    unhurried: true,
    ...(signal ? { signal } : {}),
  });
  const [sum, tail] = [createHash('sha256'), new ParquetTail()];
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      sum.update(chunk);
      tail.take(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  try {
    await place.putStream(key, counted());
  } finally {
    body.destroy();
  }
  const rows = tail.rows();
  if (rows === null) throw new TailraceError('EXPORT_FAILED', `${path} is not a whole Parquet file`);
  return { path, rows, bytes, sha256: sum.digest('hex') };
}
