import type { Vector } from '../../core/vector.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { VariableRows } from './growth.ts';
import { readHexByte } from './hex.ts';
import { malformed } from './read-bytes.ts';

const BACKSLASH = 92;
const LETTER_X = 120;

/**
 * Bytes: bytea, whose text is `\x` and hex digits (bytea_output = hex), and PostGIS's geometry and
 * geography, whose text is the hex digits of their EWKB and whose binary form is the EWKB.
 */
export class ByteaBuilder implements ColumnBuilder {
  readonly type: { readonly kind: 'bytea' | 'ewkb' };
  readonly #rows = new VariableRows();
  readonly #prefix: string;

  constructor(kind: 'bytea' | 'ewkb' = 'bytea') {
    this.type = { kind };
    this.#prefix = kind === 'bytea' ? '\\x' : '';
  }

  get length(): number {
    return this.#rows.length;
  }

  get byteSize(): number {
    return this.#rows.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const first = start + this.#prefix.length;
    const count = (end - first) / 2;
    const prefixed = this.#prefix === '' || (buf[start] === BACKSLASH && buf[start + 1] === LETTER_X);
    if (!prefixed || !Number.isInteger(count) || count < 0) throw malformed(this.type.kind, start, end);
    this.#rows.reserve(count);
    const { bytes, byteLength } = this.#rows;
    for (let i = 0; i < count; i++) {
      const byte = readHexByte(buf, first + 2 * i);
      if (byte < 0) throw malformed(this.type.kind, start, end);
      bytes[byteLength + i] = byte;
    }
    this.#rows.byteLength += count;
    this.#rows.endRow();
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    this.#rows.appendBytes(buf, start, end);
    return true;
  }

  exactText(buf: Buffer, start: number, end: number): string {
    const digits = buf.toString('hex', start, end);
    return this.type.kind === 'bytea' ? this.#prefix + digits : digits.toUpperCase();
  }

  appendNull(): void {
    this.#rows.appendNull();
  }

  appendDefault(): void {
    this.#rows.endRow();
  }

  finish(): Vector {
    return this.#rows.finish(this.type);
  }
}
