import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { negateRow, setLongInteger } from './int64.ts';
import { expectWidth, malformed, readInt4 } from './read-bytes.ts';

const MINUS = 45;
const COMMA = 44;
const POINT = 46;
const DOLLAR = 36;
const SPLIT = 1e9;
const WORDS = 4;

/**
 * money, as printed under `lc_monetary = C` (`-$1,234.50`): 64-bit cents as a decimal of 128 bits.
 */
export class MoneyBuilder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type = { kind: 'money' } as const;
  /** The cents of the current value. */
  readonly #cents = new Int32Array(2);

  constructor() {
    const rows = new FixedRows(Int32Array, WORDS);
    super(rows, (words) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    const first = negative ? start + 1 : start;
    if (buf[first] !== DOLLAR || buf[end - 3] !== POINT) throw malformed('money', start, end);
    let head = 0;
    let tail = 0;
    let digits = 0;
    for (let i = first + 1; i < end; i++) {
      const byte = buf[i] as number;
      if (byte === COMMA || byte === POINT) continue;
      const digit = byte - 48;
      if (digit < 0 || digit > 9 || ++digits > 19) throw malformed('money', start, end);
      const next = tail * 10 + digit;
      const carry = Math.floor(next / SPLIT);
      head = head * 10 + carry;
      tail = next - carry * SPLIT;
    }
    setLongInteger(this.#cents, 0, head, tail);
    if (negative) negateRow(this.#cents, 0);
    return this.#append(this.#cents[0] as number, this.#cents[1] as number);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('money', 8, start, end);
    return this.#append(readInt4(buf, start + 4), readInt4(buf, start));
  }

  exactText(buf: Buffer, start: number): string {
    const cents = buf.readBigInt64BE(start);
    const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
    const whole = digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',');
    return `${cents < 0n ? '-' : ''}$${whole}.${digits.slice(-2)}`;
  }

  #append(low: number, high: number): boolean {
    const first = this.#rows.next() * WORDS;
    const { values } = this.#rows;
    values[first] = low;
    values[first + 1] = high;
    if (high < 0) values.fill(-1, first + 2, first + WORDS);
    return true;
  }
}
