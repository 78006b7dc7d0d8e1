import { FixedWidthBuilder } from './fixed-width-builder.ts';
import { FixedRows } from './growth.ts';
import { expectWidth, malformed } from './read-bytes.ts';

const TRUE_LETTER = 116;
const FALSE_LETTER = 102;

/** bool: `t` or `f`; one byte in binary. */
export class BoolBuilder extends FixedWidthBuilder<Uint8Array> {
  /** One byte per row while it grows; packed into bits at the end. */
  readonly #rows: FixedRows<Uint8Array>;
  readonly type = { kind: 'bool' } as const;

  constructor() {
    const rows = new FixedRows(Uint8Array);
    super(rows, packBits);
    this.#rows = rows;
  }

  override get byteSize(): number {
    return Math.ceil(this.#rows.length / 8);
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    const letter = buf[start];
    if (end - start !== 1 || (letter !== TRUE_LETTER && letter !== FALSE_LETTER)) throw malformed('bool', start, end);
    return this.#append(letter === TRUE_LETTER);
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    expectWidth('bool', 1, start, end);
    return this.#append(buf[start] !== 0);
  }

  exactText(buf: Buffer, start: number): string {
    return buf[start] === 0 ? 'f' : 't';
  }

  #append(value: boolean): boolean {
    const row = this.#rows.next();
    this.#rows.values[row] = value ? 1 : 0;
    return true;
  }
}

function packBits(flags: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) bits[i >> 3] = (bits[i >> 3] as number) | ((flags[i] as number) << (i & 7));
  return bits;
}
