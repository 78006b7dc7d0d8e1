import type { Vector } from '../../core/vector.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { Float8Builder } from './float8-builder.ts';
import { Validity } from './growth.ts';
import { expectWidth, malformed } from './read-bytes.ts';

const COMMA = 44;
const OPEN = 40;
const CLOSE = 41;

/** point: `(1.5,-2)`, two float8. */
export class PointBuilder implements ColumnBuilder {
  readonly type = { kind: 'point' } as const;
  readonly #x = new Float8Builder();
  readonly #y = new Float8Builder();
  readonly #validity = new Validity();

  get length(): number {
    return this.#x.length;
  }

  get byteSize(): number {
    return this.#x.byteSize + this.#y.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const comma = buf.indexOf(COMMA, start);
    if (buf[start] !== OPEN || buf[end - 1] !== CLOSE || comma < 0 || comma > end) throw malformed('point', start, end);
    this.#x.appendText(buf, start + 1, comma);
    return this.#y.appendText(buf, comma + 1, end - 1);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('point', 16, start, end);
    this.#x.appendBinary(buf, start, start + 8);
    return this.#y.appendBinary(buf, start + 8, end);
  }

  exactText(buf: Buffer, start: number): string {
    return `(${this.#x.exactText(buf, start)},${this.#y.exactText(buf, start + 8)})`;
  }

  appendNull(): void {
    this.#validity.markNull(this.length);
    this.#x.appendNull();
    this.#y.appendNull();
  }

  appendDefault(): void {
    this.#x.appendDefault();
    this.#y.appendDefault();
  }

  finish(): Vector {
    const { length } = this;
    const nullCount = this.#validity.nullCount;
    const validity = this.#validity.finish(length);
    return {
      type: this.type,
      length,
      nullCount,
      validity,
      values: new Uint8Array(0),
      offsets: null,
      children: [this.#x.finish(), this.#y.finish()],
    };
  }
}
