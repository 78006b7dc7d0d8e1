import type { Vector } from '../../core/vector.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { Float4Builder } from './float4-builder.ts';
import { finishNested, FixedRows } from './growth.ts';
import { malformed, readUint2 } from './read-bytes.ts';

const OPEN = 91;
const CLOSE = 93;
const COMMA = 44;
const HEADER_BYTES = 4;

/**
 * pgvector's vector and halfvec, `[1,2.5]`, as float4: a half always fits. They have at least one
 * dimension and no NULL inside; a NULL vector becomes an empty row.
 * https://github.com/pgvector/pgvector (vector_send, halfvec_send)
 */
export class VectorBuilder implements ColumnBuilder {
  readonly type = { kind: 'vector' } as const;
  readonly #ends = new FixedRows(Int32Array);
  readonly #elements = new Float4Builder();

  get length(): number {
    return this.#ends.length;
  }

  get byteSize(): number {
    return this.#ends.byteSize + this.#elements.byteSize;
  }

  appendText(buf: Buffer, start: number, end: number): boolean {
    if (buf[start] !== OPEN || buf[end - 1] !== CLOSE) throw malformed('vector', start, end);
    let from = start + 1;
    for (let at = from; at < end; at++) {
      if (buf[at] !== COMMA && at !== end - 1) continue;
      this.#elements.appendText(buf, from, at);
      from = at + 1;
    }
    return this.#endRow();
  }

  appendBinary(buf: Buffer, start: number, end: number): boolean {
    const { width, count } = shapeOf(buf, start, end);
    for (let i = 0; i < count; i++) {
      const at = start + HEADER_BYTES + i * width;
      if (width === 4) this.#elements.appendBinary(buf, at, at + 4);
      else this.#elements.appendNumber(readHalf(readUint2(buf, at)));
    }
    return this.#endRow();
  }

  exactText(buf: Buffer, start: number, end: number): string {
    const { width, count } = shapeOf(buf, start, end);
    const bytes = Buffer.alloc(4);
    const texts = Array.from({ length: count }, (_, i) => {
      const at = start + HEADER_BYTES + i * width;
      bytes.writeFloatBE(width === 4 ? buf.readFloatBE(at) : readHalf(readUint2(buf, at)));
      return this.#elements.exactText(bytes, 0);
    });
    return `[${texts.join(',')}]`;
  }

  appendNull(): void {
    this.#endRow();
  }

  appendDefault(): void {
    this.#endRow();
  }

  finish(): Vector {
    return finishNested(this.type, this.#ends, [this.#elements.finish()]);
  }

  #endRow(): boolean {
    const row = this.#ends.next();
    this.#ends.values[row] = this.#elements.length;
    return true;
  }
}

function shapeOf(buf: Buffer, start: number, end: number): { width: number; count: number } {
  const count = end - start > HEADER_BYTES ? readUint2(buf, start) : 0;
  const width = (end - start - HEADER_BYTES) / count;
  if (width !== 2 && width !== 4) throw malformed('vector', start, end);
  return { width, count };
}

/** IEEE 754 binary16 → number. */
function readHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 === 0 ? magnitude : -magnitude;
}
