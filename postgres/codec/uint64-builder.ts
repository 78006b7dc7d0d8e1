import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { setLongInteger, setSafeInteger, setWords } from './int64.ts';
import { expectWidth, malformed, readDigits, readInt4 } from './read-bytes.ts';

const SAFE_DIGITS = 15;
const MAX_DIGITS = 20;
const TAIL_DIGITS = 9;
const SLASH = 47;
const WORD = 0x1_0000_0000;

/** xid8 (decimal) and pg_lsn (`16/B374D848`): unsigned 64-bit numbers. */
export class Uint64Builder extends FixedWidthBuilder<Int32Array> {
  readonly #rows: FixedRows<Int32Array>;
  readonly type: { readonly kind: 'uint64' | 'lsn' };

  constructor(kind: 'uint64' | 'lsn') {
    const rows = new FixedRows(Int32Array, 2);
    super(rows, (words) => new BigUint64Array(words.buffer, words.byteOffset, words.length / 2));
    this.#rows = rows;
    this.type = { kind };
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    return this.type.kind === 'lsn' ? this.#appendLsn(buf, start, end) : this.#appendDecimal(buf, start, end);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth(this.type.kind, 8, start, end);
    const row = this.#rows.next();
    setWords(this.#rows.values, row, readInt4(buf, start + 4), readInt4(buf, start));
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    if (this.type.kind === 'uint64') return String(buf.readBigUInt64BE(start));
    return `${buf.readUInt32BE(start).toString(16)}/${buf.readUInt32BE(start + 4).toString(16)}`.toUpperCase();
  }

  #appendDecimal(buf: Buffer, start: number, end: number): boolean {
    const long = end - start > SAFE_DIGITS;
    const head = readDigits(buf, start, long ? end - TAIL_DIGITS : end);
    const tail = long ? readDigits(buf, end - TAIL_DIGITS, end) : 0;
    if (head < 0 || tail < 0 || end - start > MAX_DIGITS) throw malformed('xid8', start, end);
    const row = this.#rows.next();
    if (long) setLongInteger(this.#rows.values, row, head, tail);
    else setSafeInteger(this.#rows.values, row, head);
    return true;
  }

  #appendLsn(buf: Buffer, start: number, end: number): boolean {
    const slash = buf.indexOf(SLASH, start);
    const high = readHex(buf, start, slash);
    const low = slash >= end ? -1 : readHex(buf, slash + 1, end);
    if (high < 0 || low < 0) throw malformed('pg_lsn', start, end);
    const row = this.#rows.next();
    setWords(this.#rows.values, row, low, high);
    return true;
  }
}

/** 1 to 8 hex digits and nothing else, or -1. */
function readHex(buf: Buffer, start: number, end: number): number {
  if (end <= start || end - start > 8) return -1;
  const value = Number(`0x${buf.toString('latin1', start, end)}`);
  return Number.isInteger(value) && value >= 0 && value < WORD ? value : -1;
}
