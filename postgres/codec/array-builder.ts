import { arrayDelimiter, namesNull } from '../../core/column-type.ts';
import type { ColumnType } from '../../core/column-type.ts';
import type { Vector } from '../../core/vector.ts';
import { ArrayTextReader, printElement } from '../../core/array-text.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { finishNested, FixedRows } from './growth.ts';
import { malformed, readInt4 } from './read-bytes.ts';

const OPEN = 123;
const BRACKET = 91;
const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
const MAX_DIMENSIONS = 6;

/**
 * One-dimensional arrays that begin at 1. Any other array becomes an empty row and is not exact;
 * NULL becomes an empty row too. If the column cannot hold an element exactly, or an element is
 * NULL and its type has no NULL, the row has the nearest elements and is not exact as a whole.
 */
export class ArrayBuilder implements ColumnBuilder {
  readonly type: ColumnType & { readonly kind: 'array' };
  readonly #elements: ColumnBuilder;
  readonly #ends = new FixedRows(Int32Array);
  readonly #reader: ArrayTextReader;
  readonly #delimiter: ',' | ':';
  /** Elements of the type may be NULL. */
  readonly #nullable: boolean;

  constructor(type: ColumnType & { readonly kind: 'array' }, elements: ColumnBuilder) {
    this.type = type;
    this.#elements = elements;
    this.#nullable = !namesNull(type.element);
    this.#delimiter = arrayDelimiter(type.element);
    this.#reader = new ArrayTextReader(this.#delimiter);
  }

  get length(): number {
    return this.#ends.length;
  }

  get byteSize(): number {
    return this.#ends.byteSize + this.#elements.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    if (buf[start] === BRACKET || (buf[start + 1] === OPEN && end - start > 2)) return this.#endRow(false);
    const reader = this.#reader;
    let exact = true;
    let step: boolean | undefined = reader.open(buf, start, end) ? reader.next() : undefined;
    for (; step === true; step = reader.next()) {
      if (reader.isNull) exact = this.#appendNullElement() && exact;
      else if (!this.#elements.appendText(reader.bytes, reader.start, reader.end)) exact = false;
    }
    if (step === undefined) throw malformed('array', start, end);
    return this.#endRow(exact);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    const dimensions = end - start < HEADER_BYTES ? -1 : readInt4(buf, start);
    if (dimensions === 0) return this.#endRow(true);
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS || end - start < HEADER_BYTES + dimensions * DIMENSION_BYTES)
      throw malformed('array', start, end);
    if (dimensions > 1 || readInt4(buf, start + HEADER_BYTES + 4) !== 1) return this.#endRow(false);
    let exact = true;
    for (const [from, to] of binaryElements(buf, start, end)) {
      if (to < from) exact = this.#appendNullElement() && exact;
      else if (!this.#elements.appendBinary(buf, from, to)) exact = false;
    }
    return this.#endRow(exact);
  }

  exactText(buf: Buffer, start: number, end: number): string {
    const sizes: number[] = [];
    let bounds = '';
    const dimensions = readInt4(buf, start);
    for (let i = 0; i < dimensions; i++) {
      const size = readInt4(buf, start + HEADER_BYTES + i * DIMENSION_BYTES);
      const lower = readInt4(buf, start + HEADER_BYTES + i * DIMENSION_BYTES + 4);
      sizes.push(size);
      bounds += `[${lower}:${lower + size - 1}]`;
    }
    const plain = bounds === sizes.map((size) => `[1:${size}]`).join('');
    let parts = [...binaryElements(buf, start, end)].map(([from, to]) =>
      to < from ? 'NULL' : printElement(this.#elements.exactText(buf, from, to), this.#delimiter),
    );
    for (const size of sizes.toReversed()) {
      parts = Array.from({ length: parts.length / size }, (_, i) => `{${parts.slice(i * size, (i + 1) * size).join(this.#delimiter)}}`);
    }
    return `${plain ? '' : `${bounds}=`}${parts[0] ?? '{}'}`;
  }

  appendNull(): void {
    this.#endRow(false);
  }

  appendDefault(): void {
    this.#endRow(true);
  }

  finish(): Vector {
    return finishNested(this.type, this.#ends, [this.#elements.finish()]);
  }

  #appendNullElement(): boolean {
    this.#elements.appendNull();
    return this.#nullable;
  }

  #endRow(exact: boolean): boolean {
    const row = this.#ends.next();
    this.#ends.values[row] = this.#elements.length;
    return exact;
  }
}

/** Elements of an array's binary form, in order, as [from, to); `to < from` is NULL. */
function binaryElements(buf: Buffer, start: number, end: number): [number, number][] {
  const elements: [number, number][] = [];
  let at = start + HEADER_BYTES + readInt4(buf, start) * DIMENSION_BYTES;
  while (at + 4 <= end) {
    const width = readInt4(buf, at);
    at += 4;
    if (width > end - at) throw malformed('array', start, end);
    elements.push(width < 0 ? [at, at - 1] : [at, at + width]);
    if (width > 0) at += width;
  }
  if (at !== end) throw malformed('array', start, end);
  return elements;
}
