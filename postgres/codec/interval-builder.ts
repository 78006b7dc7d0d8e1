import type { Vector } from '../../core/vector.ts';
import { printTime } from './calendar.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { FixedRows, Validity } from './growth.ts';
import { asInt64, negateRow, setLongInteger, setWords } from './int64.ts';
import { expectWidth, malformed, readInt4 } from './read-bytes.ts';

const MINUS = 45;
const PLUS = 43;
const BLANK = 32;
const COLON = 58;
const POINT = 46;
const LETTER_I = 105;
const LETTER_Y = 121;
const LETTER_M = 109;
const LETTER_D = 100;
const MAX_INT4 = 0x7fffffff;
const LEAST_INT4 = -0x80000000;

/**
 * interval, as printed under `IntervalStyle = postgres` (`1 year 2 mons -3 days +04:05:06.7`), as
 * its three numbers. Infinity (17 and later) has all three at their limit, and its exact text
 * beside them. In binary it looks like the largest finite interval of 14 to 16, so `canCopyBinary`
 * excludes intervals.
 */
export class IntervalBuilder implements ColumnBuilder {
  readonly type = { kind: 'interval' } as const;
  readonly #months = new FixedRows(Int32Array);
  readonly #days = new FixedRows(Int32Array);
  readonly #micros = new FixedRows(Int32Array, 2);
  readonly #validity = new Validity();

  get length(): number {
    return this.#months.length;
  }

  get byteSize(): number {
    return this.#months.byteSize + this.#days.byteSize + this.#micros.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const negative = buf[start] === MINUS;
    if (buf[negative ? start + 1 : start] === LETTER_I) return this.#appendInfinity(negative);
    let months = 0;
    let days = 0;
    let at = start;
    while (at < end) {
      const word = wordEnd(buf, at, end);
      if (buf.subarray(at, word).includes(COLON)) break;
      const count = readSigned(buf, at, word);
      // "year" or "years", "mon" or "mons", "day" or "days": the first letter is enough.
      const unit = buf[word + 1];
      if (unit === LETTER_Y) months += 12 * count;
      else if (unit === LETTER_M) months += count;
      else if (unit === LETTER_D) days += count;
      else throw malformed('interval', start, end);
      at = wordEnd(buf, word + 1, end) + 1;
    }
    const row = this.#next(months, days);
    if (at < end && !this.#readClock(buf, at, end, row)) throw malformed('interval', start, end);
    if (Number.isNaN(months + days)) throw malformed('interval', start, end);
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('interval', 16, start, end);
    const [days, months] = [readInt4(buf, start + 8), readInt4(buf, start + 12)];
    const row = this.#next(months, days);
    setWords(this.#micros.values, row, readInt4(buf, start + 4), readInt4(buf, start));
    return !isInfinite(buf, start);
  }

  exactText(buf: Buffer, start: number): string {
    if (isInfinite(buf, start)) return readInt4(buf, start) < 0 ? '-infinity' : 'infinity';
    return printInterval(readInt4(buf, start + 12), readInt4(buf, start + 8), buf.readBigInt64BE(start));
  }

  appendNull(): void {
    this.#validity.markNull(this.length);
    for (const rows of [this.#months, this.#days, this.#micros]) rows.appendNull();
  }

  appendDefault(): void {
    this.#next(0, 0);
  }

  finish(): Vector {
    const { length } = this;
    const nullCount = this.#validity.nullCount;
    return {
      type: this.type,
      length,
      nullCount,
      validity: this.#validity.finish(length),
      values: new Uint8Array(0),
      offsets: null,
      children: [
        this.#months.finish({ kind: 'int4' }),
        this.#days.finish({ kind: 'int4' }),
        this.#micros.finish({ kind: 'int8' }, asInt64),
      ],
    };
  }

  #next(months: number, days: number): number {
    const row = this.#months.next();
    this.#months.values[row] = months;
    this.#days.next();
    this.#days.values[row] = days;
    return this.#micros.next();
  }

  #appendInfinity(negative: boolean): boolean {
    const end = negative ? LEAST_INT4 : MAX_INT4;
    const row = this.#next(end, end);
    setWords(this.#micros.values, row, negative ? 0 : -1, end);
    return false;
  }

  /**
   * `[+-]h…h:mm:ss[.f…f]` into the row's microseconds; false if it is not one, or exceeds 64 bits.
   */
  #readClock(buf: Buffer, start: number, end: number, row: number): boolean {
    const signed = buf[start] === MINUS || buf[start] === PLUS ? start + 1 : start;
    const minutes = buf.indexOf(COLON, signed);
    const point = buf[minutes + 6] === POINT ? minutes + 6 : end;
    const seconds =
      readSigned(buf, signed, minutes) * 3600 + readSigned(buf, minutes + 1, minutes + 3) * 60 + readSigned(buf, minutes + 4, minutes + 6);
    let fraction = 0;
    for (let i = 1; i <= 6; i++) {
      const digit = point + i < end ? (buf[point + i] as number) - 48 : 0;
      if (digit < 0 || digit > 9) return false;
      fraction = fraction * 10 + digit;
    }
    if (Number.isNaN(seconds) || end > point + 7 || (point === end && end !== minutes + 6)) return false;
    const thousands = Math.floor(seconds / 1000);
    setLongInteger(this.#micros.values, row, thousands, (seconds - thousands * 1000) * 1e6 + fraction);
    if (buf[start] === MINUS) negateRow(this.#micros.values, row);
    return true;
  }
}

function wordEnd(buf: Buffer, at: number, end: number): number {
  const blank = buf.indexOf(BLANK, at);
  return blank < 0 || blank > end ? end : blank;
}

/** A decimal integer with an optional sign, or NaN. */
function readSigned(buf: Buffer, start: number, end: number): number {
  const negative = buf[start] === MINUS;
  let value = 0;
  const first = negative || buf[start] === PLUS ? start + 1 : start;
  for (let i = first; i < end; i++) {
    const digit = (buf[i] as number) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (end <= first) return Number.NaN;
  return negative ? -value : value;
}

function isInfinite(buf: Buffer, start: number): boolean {
  const [high, low, days, months] = [0, 4, 8, 12].map((at) => readInt4(buf, start + at));
  if (days !== months || high !== months) return false;
  return (months === MAX_INT4 && low === -1) || (months === LEAST_INT4 && low === 0);
}

/** As EncodeInterval prints it (backend/utils/adt/datetime.c). */
function printInterval(months: number, days: number, micros: bigint): string {
  const parts: string[] = [];
  let before = false;
  const add = (value: number, unit: string): void => {
    if (value === 0) return;
    parts.push(`${before && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    before = value < 0;
  };
  add(Math.trunc(months / 12), 'year');
  add(months % 12, 'mon');
  add(days, 'day');
  if (micros !== 0n || parts.length === 0) {
    const all = micros < 0n ? -micros : micros;
    const hours = all / 3_600_000_000n;
    const clock = printTime(Number(all % 3_600_000_000n)).slice(2);
    parts.push(`${micros < 0n ? '-' : before ? '+' : ''}${String(hours).padStart(2, '0')}${clock}`);
  }
  return parts.join(' ');
}
