/**
 * Writes protocol messages byte by byte, so that the decoder is tested against the documentation
 * and not against itself.
 */
export class FrameBuilder {
  readonly #parts: Buffer[] = [];

  tag(letter: string): this {
    return this.u8(letter.charCodeAt(0));
  }

  u8(value: number): this {
    return this.bytes(Buffer.from([value]));
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16BE(value);
    return this.bytes(part);
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    return this.bytes(part);
  }

  u64(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64BE(value);
    return this.bytes(part);
  }

  text(value: string): this {
    return this.bytes(Buffer.from(`${value}\0`));
  }

  bytes(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }

  /** null is NULL, undefined is unchanged TOAST, a Buffer is binary. */
  tuple(values: readonly (string | Buffer | null | undefined)[]): this {
    this.u16(values.length);
    for (const value of values) {
      if (value === null) this.tag('n');
      else if (value === undefined) this.tag('u');
      else {
        const body = Buffer.from(value);
        this.tag(typeof value === 'string' ? 't' : 'b')
          .u32(body.length)
          .bytes(body);
      }
    }
    return this;
  }

  build(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** As a message of the frontend/backend protocol. */
  framed(type: string): Buffer {
    const body = this.build();
    return Buffer.concat([
      new FrameBuilder()
        .tag(type)
        .u32(body.length + 4)
        .build(),
      body,
    ]);
  }
}

export function frame(letter: string): FrameBuilder {
  return new FrameBuilder().tag(letter);
}
