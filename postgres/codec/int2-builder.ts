import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed, readDigits, readUint2 } from './read-bytes.ts';

const MINUS = 45;

/** int2. */
export class Int2Builder extends FixedWidthBuilder<Int16Array> {
  readonly #rows: FixedRows<Int16Array>;
  readonly type = { kind: 'int2' } as const;

  constructor() {
    const rows = new FixedRows(Int16Array);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    const magnitude = readDigits(buf, negative ? start + 1 : start, end);
    if (magnitude < 0 || magnitude > (negative ? 32768 : 32767)) throw malformed('int2', start, end);
    const row = this.#rows.next();
    this.#rows.values[row] = negative ? -magnitude : magnitude;
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('int2', 2, start, end);
    const row = this.#rows.next();
    this.#rows.values[row] = readUint2(buf, start);
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    return String(buf.readInt16BE(start));
  }
}
