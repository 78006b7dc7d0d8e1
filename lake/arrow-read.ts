import { CompressionType, RecordBatchReader, Table, compressionRegistry } from 'apache-arrow';
import type { Data, RecordBatch, Schema } from 'apache-arrow';
import { zstdDecompressSync } from 'node:zlib';
import { TailraceError } from '../core/errors.ts';
import { cellText } from './arrow-cell.ts';
import { checksum } from './arrow-file.ts';

/** The content of one Arrow file as texts; null is NULL. */
export interface DecodedFile {
  readonly fields: readonly string[];
  readonly rowCount: number;
  /** In the order of `fields`. */
  readonly columns: readonly Data[];
  rows(): Generator<(string | null)[]>;
}

/** What a manifest or chunk record says of a file. */
interface NamedFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: string;
}

/**
 * Reads a file that a manifest or chunk record names, for people. LAKE_CORRUPT gives the rule of
 * arrow-file.ts that it breaks, 1 to 5.
 */
export function decodeNamedFile(bytes: Uint8Array, named: NamedFile): DecodedFile {
  requireBytes(bytes, named);
  const decoded = decodeArrowFile(bytes, named.path);
  requireRows(decoded.rowCount, named);
  return decoded;
}

/**
 * Reads a chunk of a base, which the engine has written: several batches, compressed. A part for
 * each batch.
 */
export function decodeBaseFile(bytes: Uint8Array, named: NamedFile): DecodedFile[] {
  requireBytes(bytes, named);
  compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => zstdDecompressSync(data) });
  const { schema, batches } = readTable(bytes, named.path);
  const parts = batches.map((batch) => decodedBatch(schema, batch));
  requireRows(
    parts.reduce((rows, part) => rows + part.rowCount, 0),
    named,
  );
  return parts;
}

function requireBytes(bytes: Uint8Array, { path, bytes: size, checksum: sum }: NamedFile): void {
  if (bytes.length !== size) throw broken(path, 'bytes', `${bytes.length} bytes, and ${size} were written`);
  if (checksum(bytes) !== sum) throw broken(path, 'bytes', `${checksum(bytes)}, and ${sum} was written`);
}

function requireRows(found: number, { path, rows }: NamedFile): void {
  if (found !== rows) throw broken(path, 'rows', `${found} rows, and ${rows} were written`);
}

/** The same where nothing is known of the file: rules 2, 3 and 5. `name`: how an error calls it. */
export function decodeArrowFile(bytes: Uint8Array, name: string): DecodedFile {
  const table = readTable(bytes, name);
  const [batch] = table.batches;
  if (batch === undefined || table.batches.length > 1) throw broken(name, 'one batch', `${table.batches.length} record batches`);
  const { children } = batch.data;
  table.schema.fields.forEach((field, index) => {
    const nulls = children[index]?.nullCount ?? 0;
    if (!field.nullable && nulls > 0) throw broken(name, 'not null', `${nulls} NULLs in ${field.name}`);
  });
  return decodedBatch(table.schema, batch);
}

function decodedBatch(schema: Schema, { data, numRows }: RecordBatch): DecodedFile {
  const { children } = data;
  return {
    fields: schema.fields.map((field) => field.name),
    rowCount: numRows,
    columns: children,
    *rows() {
      for (let row = 0; row < numRows; row += 1) yield children.map((column) => cellText(column, row));
    },
  };
}

const MAGIC = 'ARROW1';

function readTable(bytes: Uint8Array, name: string): Table {
  const ends = [bytes.subarray(0, MAGIC.length), bytes.subarray(-MAGIC.length)];
  // Without this check, the library reads a file without its end as a stream, and a stream cut
  // between two batches looks complete.
  if (!ends.every((end) => Buffer.from(end).toString('latin1') === MAGIC)) throw broken(name, 'whole', 'it is not an Arrow file');
  try {
    const reader = RecordBatchReader.from(bytes).open();
    return new Table(reader.schema, [...reader]);
  } catch (error) {
    throw broken(name, 'whole', 'it cannot be read as an Arrow file', error);
  }
}

function broken(name: string, rule: string, found: string, cause?: unknown): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${name} breaks the rule "${rule}": ${found}`, { cause });
}
