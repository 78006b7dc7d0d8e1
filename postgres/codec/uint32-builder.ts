import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed, readDigits, readInt4 } from './read-bytes.ts';

const MAX = 0xffffffff;

/** oid, xid and cid: unsigned 32-bit numbers. */
export class Uint32Builder extends FixedWidthBuilder<Uint32Array> {
  readonly #rows: FixedRows<Uint32Array>;
  readonly type = { kind: 'uint32' } as const;

  constructor() {
    const rows = new FixedRows(Uint32Array);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const value = readDigits(buf, start, end);
    if (value < 0 || value > MAX) throw malformed('oid', start, end);
    const row = this.#rows.next();
    this.#rows.values[row] = value;
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('oid', 4, start, end);
    const row = this.#rows.next();
    this.#rows.values[row] = readInt4(buf, start);
    return true;
  }

  exactText(buf: Buffer, start: number): string {
    return String(buf.readUInt32BE(start));
  }
}
