import { crc32 } from 'node:zlib';
import { AsyncByteQueue, BufferType, Data, type DataType, Field, RecordBatch, RecordBatchFileWriter, Schema, Struct } from 'apache-arrow';
import { columnMemory } from '../core/buffer-pool.ts';
import { TailraceError } from '../core/errors.ts';
import type { Vector, VectorValues } from '../core/vector.ts';
import { arrowType } from './arrow-type.ts';

/** One column of a file. */
export interface FileColumn {
  readonly name: string;
  readonly vector: Vector;
  readonly nullable: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Columns → an Arrow IPC file (not a stream: a file cut short is seen by its missing end),
 * uncompressed, with one record batch. The vectors' memory is copied as it is; nothing is made per
 * row. All columns have the same length, which may be 0. The file lies in memory of `columnMemory`,
 * to which its last user may give it back.
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
    throw new TailraceError('INTERNAL', `column ${column.name} has ${column.vector.length} rows where ${length} belong`);
  }
  if (!column.nullable && column.vector.nullCount > 0) {
    throw new TailraceError('INTERNAL', `column ${column.name} holds NULL and may not`);
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
