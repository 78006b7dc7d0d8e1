import type { Vector } from '../../core/vector.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { VariableRows } from './growth.ts';
import { readHexByte } from './hex.ts';
import { malformed } from './wire.ts';

const BACKSLASH = 92;
const LETTER_X = 120;

/** bytea; its text is `\x` and hex digits (bytea_output = hex). */
export class ByteaBuilder implements ColumnBuilder {
  readonly type = { kind: 'bytea' } as const;
  readonly #rows = new VariableRows();

  get length(): number {
    return this.#rows.length;
  }

  get byteSize(): number {
    return this.#rows.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const count = (end - start - 2) / 2;
    if (buf[start] !== BACKSLASH || buf[start + 1] !== LETTER_X || !Number.isInteger(count) || count < 0)
      throw malformed('bytea', start, end);
    this.#rows.reserve(count);
    const { bytes, byteLength } = this.#rows;
    for (let i = 0; i < count; i++) {
      const byte = readHexByte(buf, start + 2 + 2 * i);
      if (byte < 0) throw malformed('bytea', start, end);
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
    return `\\x${buf.toString('hex', start, end)}`;
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
