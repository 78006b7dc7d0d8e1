import { daysFromDate, endOfYear, isBeforeChrist, POSTGRES_EPOCH_DAYS, readDate, readInfinity } from './calendar.ts';
import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed, readInt4 } from './read-bytes.ts';
import { printDate } from '../../core/civil-date.ts';

/** The range of ClickHouse's Date32. */
const LEAST_DAYS = daysFromDate(1900, 1, 1);
const GREATEST_DAYS = daysFromDate(2299, 12, 31);
const INFINITY = 0x7fffffff;
const MINUS_INFINITY = -0x80000000;

/**
 * date, as days since 1970-01-01. Dates outside 1900-01-01 … 2299-12-31, and the infinities, become
 * the nearest of these two.
 */
export class DateBuilder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type = { kind: 'date' } as const;

  constructor() {
    const rows = new FixedRows(Int32Array);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const infinity = readInfinity(buf, start, end);
    if (infinity !== 0) return this.#append(infinity * Number.POSITIVE_INFINITY);
    const dash = endOfYear(buf, start, end);
    const beforeChrist = isBeforeChrist(buf, start, end);
    const days = dash < 0 ? Number.NaN : readDate(buf, start, dash, beforeChrist);
    if (Number.isNaN(days) || end !== dash + (beforeChrist ? 9 : 6)) throw malformed('date', start, end);
    return this.#append(days);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('date', 4, start, end);
    const days = readInt4(buf, start);
    if (days === INFINITY) return this.#append(Number.POSITIVE_INFINITY);
    return this.#append(days === MINUS_INFINITY ? Number.NEGATIVE_INFINITY : days + POSTGRES_EPOCH_DAYS);
  }

  exactText(buf: Buffer, start: number): string {
    const days = readInt4(buf, start);
    if (days === INFINITY) return 'infinity';
    if (days === MINUS_INFINITY) return '-infinity';
    const { date, beforeChrist } = printDate(days + POSTGRES_EPOCH_DAYS);
    return beforeChrist ? `${date} BC` : date;
  }

  #append(days: number): boolean {
    const row = this.#rows.next();
    this.#rows.values[row] = Math.min(Math.max(days, LEAST_DAYS), GREATEST_DAYS);
    return days >= LEAST_DAYS && days <= GREATEST_DAYS;
  }
}
