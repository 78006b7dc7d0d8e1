import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { asInt64, negateRow, setLongInteger, setSafeInteger, setWords } from './int64.ts';
import { expectWidth, malformed, readDigits, readInt4 } from './read-bytes.ts';

const MINUS = 45;
const SAFE_DIGITS = 15;
const MAX_DIGITS = 19;
const TAIL_DIGITS = 9;

/** int8. */
export class Int8Builder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type = { kind: 'int8' } as const;

  constructor() {
    const rows = new FixedRows(Int32Array, 2);
    super(rows, asInt64);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    const first = negative ? start + 1 : start;
    if (end - first > SAFE_DIGITS) return this.#appendLong(buf, start, end);
    const magnitude = readDigits(buf, first, end);
    if (magnitude < 0) throw malformed('int8', start, end);
    const row = this.#rows.next();
    setSafeInteger(this.#rows.values, row, negative ? -magnitude : magnitude);
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('int8', 8, start, end);
    const row = this.#rows.next();
    setWords(this.#rows.values, row, readInt4(buf, start + 4), readInt4(buf, start));
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    return String(buf.readBigInt64BE(start));
  }

  #appendLong(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    const first = negative ? start + 1 : start;
    const head = readDigits(buf, first, end - TAIL_DIGITS);
    const tail = readDigits(buf, end - TAIL_DIGITS, end);
    if (end - first > MAX_DIGITS || head < 0 || tail < 0) throw malformed('int8', start, end);
    const row = this.#rows.next();
    const { values } = this.#rows;
    const isInt8 = setLongInteger(values, row, head, tail) && (negative || (values[2 * row + 1] as number) >= 0);
    if (!isInt8) throw malformed('int8', start, end);
    if (negative) negateRow(values, row);
    return true;
  }
}
