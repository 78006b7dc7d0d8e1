import { printTime, readClock, readMicros } from './calendar.ts';
import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { asInt64, setSafeInteger, setWords } from './int64.ts';
import { expectWidth, malformed, readInt4 } from './read-bytes.ts';

const POINT = 46;

/** time without time zone, as microseconds of the day; 24:00:00 included. */
export class TimeBuilder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type = { kind: 'time' } as const;

  constructor() {
    const rows = new FixedRows(Int32Array, 2);
    super(rows, asInt64);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const seconds = readClock(buf, start, end);
    const fraction = buf[start + 8] === POINT && end - start > 9 ? readMicros(buf, start + 9, end) : 0;
    const micros = seconds * 1e6 + fraction;
    if (Number.isNaN(micros) || (end - start !== 8 && end - start < 10)) throw malformed('time', start, end);
    const row = this.#rows.next();
    setSafeInteger(this.#rows.values, row, micros);
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('time', 8, start, end);
    const row = this.#rows.next();
    setWords(this.#rows.values, row, readInt4(buf, start + 4), readInt4(buf, start));
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    return printTime(Number(buf.readBigInt64BE(start)));
  }
}
