import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed, readDigits, readInt4 } from './read-bytes.ts';

const MINUS = 45;

/** int4. */
export class Int4Builder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type = { kind: 'int4' } as const;

  constructor() {
    const rows = new FixedRows(Int32Array);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    const magnitude = readDigits(buf, negative ? start + 1 : start, end);
    if (magnitude < 0 || magnitude > (negative ? 2147483648 : 2147483647)) throw malformed('int4', start, end);
    const row = this.#rows.next();
    this.#rows.values[row] = negative ? -magnitude : magnitude;
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('int4', 4, start, end);
    const row = this.#rows.next();
    this.#rows.values[row] = readInt4(buf, start);
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    return String(buf.readInt32BE(start));
  }
}
