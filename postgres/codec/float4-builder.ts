import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { printFloat, readFloat } from './float-text.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed } from './read-bytes.ts';

/** float4, including NaN, infinities and the sign of zero. */
export class Float4Builder extends FixedWidthBuilder<Float32Array> {
  readonly #rows: FixedRows<Float32Array>;
  readonly type = { kind: 'float4' } as const;

  constructor() {
    const rows = new FixedRows(Float32Array);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const value = readFloat(buf, start, end);
    if (value === undefined) throw malformed('float4', start, end);
    return this.#append(value);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('float4', 4, start, end);
    return this.#append(buf.readFloatBE(start));
  }

  appendNumber(value: number): void {
    this.#append(value);
  }

  exactText(buf: Buffer, start: number): string {
    return printFloat(shortestFloat4(buf.readFloatBE(start)), 6);
  }

  #append(value: number): boolean {
    const row = this.#rows.next();
    this.#rows.values[row] = value;
    return true;
  }
}

function shortestFloat4(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return Number.isFinite(value) ? value.toPrecision(9) : String(value);
}
