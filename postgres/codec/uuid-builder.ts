import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { readHexByte } from './hex.ts';
import { expectWidth, malformed } from './read-bytes.ts';

const BYTES = 16;
const DASH = 45;

/** uuid, as its 16 bytes in the order they are printed. */
export class UuidBuilder extends FixedWidthBuilder<Uint8Array> {
  readonly #rows: FixedRows<Uint8Array>;
  readonly type = { kind: 'uuid' } as const;
  readonly #bytes = new Uint8Array(BYTES);

  constructor() {
    const rows = new FixedRows(Uint8Array, BYTES);
    super(rows);
    this.#rows = rows;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    expectWidth('uuid', 36, start, end);
    let at = start;
    for (let i = 0; i < BYTES; i++) {
      if (buf[at] === DASH) at++;
      const byte = readHexByte(buf, at);
      if (byte < 0) throw malformed('uuid', start, end);
      this.#bytes[i] = byte;
      at += 2;
    }
    const row = this.#rows.next();
    this.#rows.values.set(this.#bytes, row * BYTES);
    return true;
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('uuid', BYTES, start, end);
    const first = this.#rows.next() * BYTES;
    const { values } = this.#rows;
    for (let i = 0; i < BYTES; i++) values[first + i] = buf[start + i] as number;
    return true;
  }

  exactText(buf: Buffer, start: number, end: number): string {
    return buf.toString('hex', start, end).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}
