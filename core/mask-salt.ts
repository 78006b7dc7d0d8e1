import { createHmac, hash } from 'node:crypto';

const HEX_BYTES = 64;

/** The secret that goes before every masked text. Neither JSON nor a log shows it. */
export class MaskSalt {
  /** Distinguishes salts and reveals nothing else: 32 bits of an HMAC. */
  readonly fingerprint: string;
  readonly #bytes: Buffer;
  readonly #out = Buffer.alloc(HEX_BYTES);
  #scratch: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'utf8');
    this.fingerprint = createHmac('sha256', this.#bytes).update('tailrace mask salt').digest('hex').slice(0, 8);
    this.#scratch = Buffer.concat([this.#bytes, Buffer.alloc(256)]);
  }

  /**
   * Hex of SHA-256(salt ‖ text), as 64 bytes that are valid until the next call. The text is `buf`
   * from `start` to `end`, in UTF-8.
   */
  mask(buf: Buffer, start: number, end: number): Buffer {
    const length = this.#bytes.length + end - start;
    if (length > this.#scratch.length) this.#scratch = Buffer.concat([this.#bytes, Buffer.alloc(2 * length)]);
    buf.copy(this.#scratch, this.#bytes.length, start, end);
    this.#out.write(hash('sha256', this.#scratch.subarray(0, length), 'hex'), 'latin1');
    return this.#out;
  }

  /** The same for a string. */
  maskText(text: string): string {
    const bytes = Buffer.from(text, 'utf8');
    return this.mask(bytes, 0, bytes.length).toString('latin1');
  }

  /** The salt itself, for the parameter of a statement; never for its text. */
  parameter(): Buffer {
    return Buffer.from(this.#bytes);
  }
}
