import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { printFloat, readFloat } from './float-text.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed } from './read-bytes.ts';

/** float8, including NaN, infinities and the sign of zero. */
export class Float8Builder extends FixedWidthBuilder<Float64Array> {
  readonly #rows: FixedRows<Float64Array>;
  readonly type = { kind: 'float8' } as const;

  constructor() {
    const rows = new FixedRows(Float64Array);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const value = readFloat(buf, start, end);
    if (value === undefined) throw malformed('float8', start, end);
    return this.#append(value);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('float8', 8, start, end);
    return this.#append(buf.readDoubleBE(start));
  }

  exactText(buf: Buffer, start: number): string {
    return printFloat(printZero(buf.readDoubleBE(start)), 15);
  }

  #append(value: number): boolean {
    const row = this.#rows.next();
    this.#rows.values[row] = value;
    return true;
  }
}

function printZero(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
