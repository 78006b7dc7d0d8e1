import { daysFromDate, printTime, readInfinity } from './calendar.ts';
import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { asInt64, setBigInteger, setSafeInteger, setWords } from './int64.ts';
import { TimestampReader } from './timestamp-text.ts';
import { expectWidth, malformed, readInt4 } from './read-bytes.ts';
import { printDate } from '../../core/civil-date.ts';

const WORD = 0x1_0000_0000;
const DAY_MICROS = 86_400_000_000n;
const POSTGRES_EPOCH_SECONDS = 946_684_800;
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;
const EPOCH_LOW = Number(POSTGRES_EPOCH_MICROS & 0xffffffffn);
const EPOCH_HIGH = Number(POSTGRES_EPOCH_MICROS >> 32n);
/** Below this many seconds, microseconds are exact in a number. */
const SAFE_SECONDS = 9_000_000_000;
/** 294247-01-10: the last midnight whose microseconds since 1970 are a 64-bit integer. */
const LAST_SECONDS = daysFromDate(294_247, 1, 10) * 86_400;
const LAST_MICROS = BigInt(LAST_SECONDS) * 1_000_000n;
/**
 * Upper word of the last midnight's microseconds since 2000: every value with a smaller upper word
 * fits.
 */
const LAST_HIGH = Number((LAST_MICROS - POSTGRES_EPOCH_MICROS) >> 32n);
const INFINITY_HIGH = 0x7fffffff;
const MINUS_INFINITY_HIGH = -0x80000000;

/**
 * timestamp and timestamptz, as microseconds since 1970-01-01 (UTC). Infinity, and all values after
 * 294247-01-10 00:00, become the largest 64-bit integer, minus infinity the smallest.
 */
export class TimestampBuilder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type: { readonly kind: 'timestamp' | 'timestamptz' };
  readonly #reader = new TimestampReader();

  constructor(kind: 'timestamp' | 'timestamptz') {
    const rows = new FixedRows(Int32Array, 2);
    super(rows, asInt64);
    this.#rows = rows;
    this.type = { kind };
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const infinity = readInfinity(buf, start, end);
    if (infinity !== 0) return this.#appendBound(infinity);
    const seconds = this.#reader.read(buf, start, end);
    if (Number.isNaN(seconds)) throw malformed(this.type.kind, start, end);
    const { micros } = this.#reader;
    if (seconds > LAST_SECONDS || (seconds === LAST_SECONDS && micros > 0)) return this.#appendBound(1);
    const row = this.#rows.next();
    if (Math.abs(seconds) < SAFE_SECONDS) setSafeInteger(this.#rows.values, row, seconds * 1e6 + micros);
    else setBigInteger(this.#rows.values, row, BigInt(seconds) * 1_000_000n + BigInt(micros));
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth(this.type.kind, 8, start, end);
    const high = readInt4(buf, start);
    const low = readInt4(buf, start + 4) >>> 0;
    if (high >= LAST_HIGH && this.#isAfterLast(buf, start)) return this.#appendBound(1);
    if (high === MINUS_INFINITY_HIGH && low === 0) return this.#appendBound(-1);
    const sum = low + EPOCH_LOW;
    const row = this.#rows.next();
    setWords(this.#rows.values, row, sum, high + EPOCH_HIGH + (sum >= WORD ? 1 : 0));
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    const high = readInt4(buf, start);
    const low = readInt4(buf, start + 4);
    if (high === INFINITY_HIGH && low === -1) return 'infinity';
    if (high === MINUS_INFINITY_HIGH && low === 0) return '-infinity';
    const micros = buf.readBigInt64BE(start);
    const ofDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
    const { date, beforeChrist } = printDate(Number((micros - ofDay) / DAY_MICROS) + POSTGRES_EPOCH_SECONDS / 86_400);
    const zone = this.type.kind === 'timestamptz' ? '+00' : '';
    return `${date} ${printTime(Number(ofDay))}${zone}${beforeChrist ? ' BC' : ''}`;
  }

  #isAfterLast(buf: Buffer, start: number): boolean {
    return buf.readBigInt64BE(start) + POSTGRES_EPOCH_MICROS > LAST_MICROS;
  }

  #appendBound(sign: number): boolean {
    const row = this.#rows.next();
    if (sign > 0) setWords(this.#rows.values, row, -1, 0x7fffffff);
    else setWords(this.#rows.values, row, 0, -0x80000000);
    return false;
  }
}
