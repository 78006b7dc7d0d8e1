import { crc32 } from 'node:zlib';
import { AsyncByteQueue, BufferType, Data, type DataType, Field, RecordBatch, RecordBatchFileWriter, Schema, Struct } from 'apache-arrow';
import { columnMemory } from '../core/buffer-pool.ts';
import { TailraceError } from '../core/errors.ts';
import type { Vector, VectorValues } from '../core/vector.ts';
import { arrowType } from './arrow-type.ts';

/**
 * The format of data files: `data/<tableId>/<writer>-<seq>.arrow` of the stream, and
 * `snapshot/<tableId>/<generation>/<writer>-<seq>.arrow` of a copy. Files of a base are written by
 * the engine (lake/bases/base-log.ts): 2 and 3 do not hold for them.
 *
 * A file is valid if and only if it is an Arrow IPC file
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format) that keeps these rules. A
 * rule is refused by its name, in quotes here.
 *
 *  1. "bytes": its size and checksum are those in the manifest or chunk record that names it.
 *  2. "whole": it begins and ends with `ARROW1`, and can be read as such a file. Its buffers are
 *     not compressed.
 *  3. "one batch": it has one record batch.
 *  4. "rows": each column has the number of rows in the manifest or chunk record.
 *  5. "not null": a field that is not nullable has no NULL.
 *  6. "fields": its fields are those of row-columns.ts for its schema, by name, type and order.
 *  7. `_tr_op` is I, U, D or T. `_tr_unchanged` is empty or has a bit for each column. `_tr_exact`
 *     has names of fields only.
 *  8. In the stream, rows are in the order of (`_tr_commit_lsn`, `_tr_ordinal`), and their commits
 *     are within the file's `minCommitLsn` and `maxCommitLsn`. A file with `commitLsn` in its
 *     manifest has its rows' commit there, and `_tr_xid` says which of them were rolled back.
 *
 * `encodeArrowFile` writes 2, 3 and 6 and checks 4 and 5: a column that breaks one is INTERNAL.
 * `decodeNamedFile` checks 1 to 5: LAKE_CORRUPT. The compactor reads files through the engine, with
 * their fields given (6), and counts the rows (4). It looks at the bytes (1) where that fails, as
 * reading each file twice would cost too much. 7 and 8 hold by how a file is built.
 */

/** One column of a file. */
export interface FileColumn {
  readonly name: string;
  readonly vector: Vector;
  readonly nullable: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Columns → a file with one record batch, which may have no rows. The vectors' memory is copied as
 * it is; nothing is made per row. The file lies in memory of `columnMemory`, to which its last user
 * may give it back. INTERNAL where the columns differ in length or one has a NULL it may not have.
 */
export function encodeArrowFile(columns: readonly FileColumn[]): Uint8Array {
  const length = columns[0]?.vector.length ?? 0;
  const children = columns.map((column) => arrowData(column, length));
  const fields = columns.map(
    (column, index) =>
      new Field(
        column.name,
        children[index]?.type ?? arrowType(column.vector.type),
        column.nullable,
        new Map(Object.entries(column.metadata ?? {})),
      ),
  );
  const batch = new RecordBatch(new Schema(fields), new Data(new Struct(fields), 0, length, 0, {}, children));
  const pieces = new Pieces();
  new RecordBatchFileWriter().reset(pieces).writeAll([batch]);
  return pieces.joined();
}

/** What the library writes, before it is one piece: its own join takes new memory for each file. */
class Pieces extends AsyncByteQueue {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  override write(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.byteLength;
  }

  joined(): Uint8Array {
    const file = new Uint8Array(columnMemory.take(this.#bytes), 0, this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      file.set(piece, at);
      at += piece.byteLength;
    }
    return file;
  }
}

/** `crc32:<8 hex digits>` of a whole object. */
export function checksum(bytes: Uint8Array): string {
  return `crc32:${crc32(bytes).toString(16).padStart(8, '0')}`;
}

function arrowData(column: FileColumn, length: number): Data {
  if (column.vector.length !== length) {
    throw new TailraceError('INTERNAL', `column ${column.name} has ${column.vector.length} rows instead of ${length}`);
  }
  if (!column.nullable && column.vector.nullCount > 0) {
    throw new TailraceError('INTERNAL', `column ${column.name} is not nullable but has a NULL`);
  }
  return vectorData(column.vector);
}

function vectorData(vector: Vector): Data {
  const type = arrowType(vector.type);
  const children = vector.children.map(vectorData);
  const data = (values: VectorValues | undefined, nested: Data[]): Data =>
    new Data(type, 0, vector.length, vector.nullCount, buffersOf(vector, values), nested);
  if (vector.type.kind === 'map') {
    const entries = type.children[0]?.type ?? new Struct([]);
    return data(undefined, [new Data(entries, 0, children[0]?.length ?? 0, 0, {}, children)]);
  }
  if (children.length > 0) return data(undefined, children);
  return data(typedValues(type, vector.values), []);
}

type ArrowBuffers = NonNullable<ConstructorParameters<typeof Data>[4]>;

function buffersOf(vector: Vector, values: VectorValues | undefined): ArrowBuffers {
  return {
    ...(vector.offsets === null ? {} : { [BufferType.OFFSET]: vector.offsets }),
    ...(values === undefined ? {} : { [BufferType.DATA]: values }),
    ...(vector.nullCount === 0 || vector.validity === null ? {} : { [BufferType.VALIDITY]: plainBytes(vector.validity) }),
  };
}

/**
 * The library slices values in elements of its own array type, so bytes are seen as that type; only
 * what lies unaligned is copied.
 */
function typedValues(type: DataType, values: VectorValues): VectorValues {
  const bytes = plainBytes(values);
  const wanted = type.ArrayType as VectorValuesConstructor;
  const size = wanted.BYTES_PER_ELEMENT;
  if (bytes.byteOffset % size === 0) return new wanted(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / size));
  return new wanted(bytes.slice().buffer, 0, Math.floor(bytes.byteLength / size));
}

interface VectorValuesConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): VectorValues;
}

/** Without Buffer: its `slice` is not the one of Uint8Array. */
function plainBytes(values: VectorValues): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
