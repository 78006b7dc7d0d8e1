/*
 * The number of rows that a Parquet file says it has
 * (https://parquet.apache.org/docs/file-format/metadata/). Its metadata is a Thrift struct in the
 * compact protocol
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md) at the end of
 * the file.
 */

const MAGIC = 'PAR1';
const TAIL_BYTES = 8;

/** FileMetaData.num_rows */
const ROWS_FIELD = 3;

/** Types of the compact protocol. */
const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
] as const;

/** Keeps as much of the end of a stream as the metadata needs. */
export class ParquetTail {
  readonly #chunks: Uint8Array[] = [];
  readonly #most: number;
  #bytes = 0;

  constructor(most = 8 * 1024 * 1024) {
    this.#most = most;
  }

  take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (let [first] = this.#chunks; first !== undefined && this.#bytes - first.length >= this.#most; [first] = this.#chunks) {
      this.#chunks.shift();
      this.#bytes -= first.length;
    }
  }

  /** The rows of the file; null when its end is not that of a Parquet file. */
  rows(): number | null {
    const end = Buffer.concat(this.#chunks);
    if (end.length < TAIL_BYTES || end.toString('latin1', end.length - MAGIC.length) !== MAGIC) return null;
    const start = end.length - TAIL_BYTES - end.readUInt32LE(end.length - TAIL_BYTES);
    return start < 0 ? null : new Compact(end.subarray(start, end.length - TAIL_BYTES)).field(ROWS_FIELD);
  }
}

/** Reads one number of a struct and skips everything before it. */
class Compact {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  field(wanted: number): number | null {
    let id = 0;
    for (;;) {
      const head = this.#byte();
      if (head === STOP) return null;
      const [delta, type] = [head >> 4, head & 15];
      id = delta === 0 ? this.#zigzag() : id + delta;
      if (id === wanted && type === I64) return this.#zigzag();
      this.#skip(type);
    }
  }

  #skip(type: number): void {
    switch (type) {
      case TRUE:
      case FALSE:
        return;
      case BYTE:
        this.#at += 1;
        return;
      case I16:
      case I32:
      case I64:
        this.#varint();
        return;
      case DOUBLE:
        this.#at += 8;
        return;
      case BINARY: {
        const length = this.#varint();
        this.#at += length;
        return;
      }
      case LIST:
      case SET:
        return this.#skipList();
      case STRUCT:
        return this.#skipStruct();
      case MAP:
        return this.#skipMap();
      default:
        throw new Error(`type ${type} is not of the compact protocol`);
    }
  }

  #skipList(): void {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    for (let index = 0; index < count; index += 1) this.#skipElement(head & 15);
  }

  #skipMap(): void {
    const count = this.#varint();
    if (count === 0) return;
    const types = this.#byte();
    for (let index = 0; index < count; index += 1) {
      this.#skipElement(types >> 4);
      this.#skipElement(types & 15);
    }
  }

  /** A boolean in a list has a byte of its own. */
  #skipElement(type: number): void {
    if (type === TRUE || type === FALSE) this.#at += 1;
    else this.#skip(type);
  }

  #skipStruct(): void {
    for (let head = this.#byte(); head !== STOP; head = this.#byte()) {
      if (head >> 4 === 0) this.#varint();
      this.#skip(head & 15);
    }
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  /** As a number: exact up to 2^53. */
  #varint(): number {
    let [value, factor] = [0, 1];
    for (let byte = this.#byte(); ; byte = this.#byte()) {
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
