import type { Vector } from '../../core/vector.ts';
import { printTime, readClock, readMicros } from './calendar.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { FixedRows } from './growth.ts';
import { asInt64, setSafeInteger, setWords } from './int64.ts';
import { expectWidth, malformed, readInt4 } from './read-bytes.ts';

const POINT = 46;

/** time without time zone, as microseconds of the day; 24:00:00 included. */
export class TimeBuilder implements ColumnBuilder {
  readonly type = { kind: 'time' } as const;
  readonly #rows = new FixedRows(Int32Array, 2);

  get length(): number {
    return this.#rows.length;
  }

  get byteSize(): number {
    return this.#rows.byteSize;
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

  appendNull(): void {
    this.#rows.appendNull();
  }

  appendDefault(): void {
    this.#rows.next();
  }

  finish(): Vector {
    return this.#rows.finish(this.type, asInt64);
  }
}
