import type { NumericType } from '../../core/column-type.ts';
import { addOne, isGreater, multiplyAdd, negate, nines, putScaled, scaleWords } from './decimal-words.ts';
import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { NUMERIC_HEADER_BYTES, NUMERIC_SIGN, printNumeric, readWeight } from './numeric-text.ts';
import { malformed, readUint2 } from './read-bytes.ts';

const WORD = 0x1_0000_0000;
const MINUS = 45;
const POINT = 46;
const LETTER_N = 78;
const LETTER_I = 73;
const SAFE_DIGITS = 15;
const CHUNK = 1e6;
/** By scale: how many units of a group of four digits one unit of the scale is. */
const UNITS = [10_000, 1_000, 100, 10, 1];

/**
 * numeric as a two's complement integer of 16 or 32 bytes, in units of 10^-scale. NaN becomes NULL
 * (the largest value if `nullable` is false). The infinities, and values with too many digits
 * before the point, become the largest or smallest value. Values with too many digits after it are
 * rounded as Postgres rounds, away from zero.
 */
export class NumericBuilder extends FixedWidthBuilder<Uint32Array> {
  readonly #rows: FixedRows<Uint32Array>;
  readonly type: NumericType;
  readonly #nullable: boolean;
  /** The magnitude under construction, if it is too long for a number. */
  readonly #words: Uint32Array;
  readonly #greatest: Uint32Array;

  constructor(type: NumericType, nullable: boolean) {
    const words = type.precision <= 38 ? 4 : 8;
    const rows = new FixedRows(Uint32Array, words);
    super(rows, asBytes);
    this.#rows = rows;
    this.type = type;
    this.#nullable = nullable;
    this.#words = new Uint32Array(words);
    this.#greatest = nines(type.precision, words);
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    const first = negative ? start + 1 : start;
    const letter = buf[first];
    if (letter === LETTER_N && end - first === 3) return this.#appendNaN();
    if (letter === LETTER_I && end - first === 8) return this.#appendBound(negative);
    if (end - first > SAFE_DIGITS + 1) return this.#appendLong(buf, start, end);
    let value = 0;
    let point = end;
    for (let i = first; i < end; i++) {
      const digit = (buf[i] as number) - 48;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else if (digit === POINT - 48 && point === end) point = i;
      else throw malformed('numeric', start, end);
    }
    const { precision, scale } = this.type;
    const fraction = Math.max(end - point - 1, 0);
    if (point === first || fraction > scale || point - first + fraction > SAFE_DIGITS) return this.#appendLong(buf, start, end);
    if (point - first > precision - scale && value >= 10 ** (precision - scale + fraction)) return this.#appendBound(negative);
    this.#appendScaled(value, scale - fraction, negative);
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    const count = end - start < NUMERIC_HEADER_BYTES ? -1 : readUint2(buf, start);
    if (end - start !== NUMERIC_HEADER_BYTES + 2 * count) throw malformed('numeric', start, end);
    const sign = readUint2(buf, start + 4);
    if (sign === NUMERIC_SIGN.nan) return this.#appendNaN();
    if (sign === NUMERIC_SIGN.infinity || sign === NUMERIC_SIGN.minusInfinity)
      return this.#appendBound(sign === NUMERIC_SIGN.minusInfinity);
    const weight = readWeight(buf, start);
    const negative = sign === NUMERIC_SIGN.negative;
    const first = count === 0 ? 0 : readUint2(buf, start + NUMERIC_HEADER_BYTES);
    const wholeDigits = weight < 0 ? 0 : 4 * weight + (first < 100 ? (first < 10 ? 1 : 2) : first < 1_000 ? 3 : 4);
    if (count > 0 && wholeDigits > this.type.precision - this.type.scale) return this.#appendBound(negative);
    const { scale } = this.type;
    if (scale <= 4 && weight >= -1 && weight < 2 && count <= weight + 2) {
      // Almost all numbers: at most two groups before the point and one after it.
      const at = start + NUMERIC_HEADER_BYTES;
      const whole = weight < 0 ? 0 : weight === 0 ? first : first * 10_000 + (count > 1 ? readUint2(buf, at + 2) : 0);
      const fraction = count === weight + 2 ? readUint2(buf, at + 2 * weight + 2) : 0;
      const unit = UNITS[scale] as number;
      const kept = fraction / unit;
      if (Number.isInteger(kept)) {
        this.#appendScaled(whole * (10_000 / unit) + kept, 0, negative);
        return true;
      }
    }
    return this.#appendGroups(buf, start, { count, weight, negative });
  }

  exactText(buf: Buffer, start: number): string {
    return printNumeric(buf, start);
  }

  /** Any length and number of fraction digits: six digits at a time. */
  #appendLong(buf: Buffer, start: number, end: number): boolean {
    const { precision, scale } = this.type;
    const negative = buf[start] === MINUS;
    let whole = 0;
    let fraction = -1;
    let [chunk, factor, used, exact, up] = [0, 1, 0, true, false];
    this.#words.fill(0);
    for (let i = negative ? start + 1 : start; i < end; i++) {
      const digit = (buf[i] as number) - 48;
      if (digit === POINT - 48 && fraction < 0) {
        fraction = 0;
        continue;
      }
      if (digit < 0 || digit > 9) throw malformed('numeric', start, end);
      if (fraction >= scale) {
        if (fraction === scale) up = digit >= 5;
        fraction++;
        exact &&= digit === 0;
        continue;
      }
      if (fraction >= 0) fraction++;
      else if (whole > 0 || digit > 0) whole++;
      chunk = chunk * 10 + digit;
      factor *= 10;
      if (factor === CHUNK) {
        used = multiplyAdd(this.#words, factor, chunk, used);
        chunk = 0;
        factor = 1;
      }
    }
    if (end - start <= (negative ? 1 : 0)) throw malformed('numeric', start, end);
    if (whole > precision - scale) return this.#appendBound(negative);
    used = multiplyAdd(this.#words, factor, chunk, used);
    scaleWords(this.#words, Math.max(scale - Math.max(fraction, 0), 0), used);
    this.#appendRounded(up, negative);
    return exact;
  }

  /** Base-10000 digits from the first down to the one that holds the scale's last digit. */
  #appendGroups(buf: Buffer, start: number, { count, weight, negative }: { count: number; weight: number; negative: boolean }): boolean {
    const { scale } = this.type;
    const kept = scale % 4;
    /** The digit that the scale cuts: it keeps the first `kept` of its four decimal digits. */
    const cut = weight + 1 + Math.floor(scale / 4);
    const groups = Math.max(Math.min(count, cut), 0);
    const group = cut >= 0 && cut < count ? readUint2(buf, start + NUMERIC_HEADER_BYTES + 2 * cut) : 0;
    const divisor = 10 ** (4 - kept);
    const tail = group % divisor;
    const up = tail * 2 >= divisor;
    const last = Math.floor(group / divisor);
    const missing = Math.max(4 * (cut - groups), 0) + kept;
    if (groups * 4 + kept <= SAFE_DIGITS && !up) {
      let value = 0;
      for (let i = 0; i < groups; i++) value = value * 10_000 + readUint2(buf, start + NUMERIC_HEADER_BYTES + 2 * i);
      if (last > 0) this.#appendScaled(value * 10 ** kept + last, 0, negative);
      else this.#appendScaled(value, missing, negative);
    } else {
      let used = 0;
      this.#words.fill(0);
      for (let i = 0; i < groups; i++) used = multiplyAdd(this.#words, 10_000, readUint2(buf, start + NUMERIC_HEADER_BYTES + 2 * i), used);
      if (last > 0) multiplyAdd(this.#words, 10 ** kept, last, used);
      else scaleWords(this.#words, missing, used);
      this.#appendRounded(up, negative);
    }
    return tail === 0 && count <= Math.max(cut + 1, 0);
  }

  /** A number of at most 15 digits, times 10^missing. */
  #appendScaled(value: number, missing: number, negative: boolean): void {
    const width = this.#words.length;
    const first = this.#rows.next() * width;
    const { values } = this.#rows;
    if (missing > 0 && value > 0) {
      putScaled(values, first, value, missing);
      if (negative) negate(values, first, width);
      return;
    }
    const signed = negative ? -value : value;
    const high = Math.floor(signed / WORD);
    values[first] = signed - high * WORD;
    values[first + 1] = high;
    if (high < 0) for (let i = 2; i < width; i++) values[first + i] = 0xffffffff;
  }

  #appendRounded(up: boolean, negative: boolean): void {
    if (up) addOne(this.#words);
    this.#appendWords(up && isGreater(this.#words, this.#greatest) ? this.#greatest : this.#words, negative);
  }

  #appendWords(words: Uint32Array, negative: boolean): void {
    const first = this.#rows.next() * words.length;
    this.#rows.values.set(words, first);
    if (negative) negate(this.#rows.values, first, words.length);
  }

  #appendBound(negative: boolean): boolean {
    this.#appendWords(this.#greatest, negative);
    return false;
  }

  #appendNaN(): boolean {
    if (this.#nullable) this.#rows.appendNull();
    else this.#appendWords(this.#greatest, false);
    return false;
  }
}

function asBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
