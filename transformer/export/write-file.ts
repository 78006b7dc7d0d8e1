import { createHash } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Engine } from '../../warehouse/engine.ts';
import type { ExportedFile } from './export-manifest.ts';
import { ParquetTail } from './parquet-rows.ts';

/**
 * Rows and bytes of a row group: a reader and the engine have one in memory at a time. The engine
 * counts the bytes before compression.
 */
const ROW_GROUP = { output_format_parquet_row_group_size: '500000', output_format_parquet_row_group_size_bytes: String(64 * 1024 * 1024) };

/** A file that is to be written: its place and the statement whose rows it gets. */
interface FileOrder {
  /** of the object */
  readonly key: string;
  /** relative to the manifest */
  readonly path: string;
  readonly select: string;
}

/**
 * Streams the rows of a statement into the place as one Parquet file. What it holds is what the end
 * of the file says. EXPORT_FAILED when the engine's answer is no Parquet file.
 */
export async function writeFile(
  ends: { readonly engine: Pick<Engine, 'read'>; readonly place: ObjectStore; readonly signal?: AbortSignal },
  { key, path, select }: FileOrder,
): Promise<ExportedFile> {
  const { body } = await ends.engine.read({
    sql: select,
    format: 'Parquet',
    settings: ROW_GROUP,
    unhurried: true,
    ...(ends.signal === undefined ? {} : { signal: ends.signal }),
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
    await ends.place.putStream(key, counted());
  } finally {
    body.destroy();
  }
  const rows = tail.rows();
  if (rows === null) throw new TailraceError('EXPORT_FAILED', `${path} is not a whole Parquet file`);
  return { path, rows, bytes, sha256: sum.digest('hex') };
}
