import type { Vector } from '../../core/vector.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { VariableRows } from './growth.ts';

/**
 * text, enum and all types that are kept as Postgres prints them. Bytes stay unchanged, valid UTF-8
 * or not.
 */
export class TextBuilder implements ColumnBuilder {
  readonly type: { readonly kind: 'text' | 'enum' };
  readonly #rows = new VariableRows();

  constructor(kind: 'text' | 'enum' = 'text') {
    this.type = { kind };
  }

  get length(): number {
    return this.#rows.length;
  }

  get byteSize(): number {
    return this.#rows.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    this.#rows.appendBytes(buf, start, end);
    return true;
  }

  /** For types whose binary form is their text (`canCopyBinary`). */
  appendBinary(buf: Buffer, start: number, end: number): boolean {
    this.#rows.appendBytes(buf, start, end);
    return true;
  }

  /** Adds a string as UTF-8. */
  appendString(text: string): void {
    this.#rows.reserve(text.length * 3);
    this.#rows.byteLength += this.#rows.bytes.write(text, this.#rows.byteLength, 'utf8');
    this.#rows.endRow();
  }

  exactText(buf: Buffer, start: number, end: number): string {
    return buf.toString('utf8', start, end);
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
