import { badFrame } from './byte-reader.ts';

export const HEADER_BYTES = 5;
/** Postgres never sends a message of 1 GiB or more. */
const LONGEST_FRAME_BYTES = 0x40000000;
const FIRST_CARRY_BYTES = 64 * 1024;

/**
 * Called for each frame with its type and the range of its body. The bytes are valid only during
 * the call.
 */
export type OnFrame = (type: number, buf: Buffer, start: number, end: number) => void;

/**
 * Finds the protocol's messages in the chunks of a socket. A message inside one chunk is passed on
 * in place; only a message that spans chunks is copied. Throws BAD_FRAME for an impossible length.
 */
export class FrameWalker {
  #carry: Buffer = Buffer.allocUnsafe(FIRST_CARRY_BYTES);
  #carried = 0;

  /** Passes on every message that this chunk completes, in order. */
  push(chunk: Buffer, onFrame: OnFrame): void {
    let at = this.#carried === 0 ? 0 : this.#fill(chunk, onFrame);
    const end = chunk.length;
    while (end - at >= HEADER_BYTES) {
      const next = at + frameBytes(chunk, at);
      if (next > end) break;
      onFrame(chunk.readUInt8(at), chunk, at + HEADER_BYTES, next);
      at = next;
    }
    if (at < end) this.#keep(chunk, at, end);
  }

  /** Completes the carried message from the start of the chunk; returns how many bytes it took. */
  #fill(chunk: Buffer, onFrame: OnFrame): number {
    let at = 0;
    if (this.#carried < HEADER_BYTES) {
      at = Math.min(HEADER_BYTES - this.#carried, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#carried < HEADER_BYTES) return at;
    }
    const total = frameBytes(this.#carry, 0);
    const next = Math.min(at + total - this.#carried, chunk.length);
    this.#keep(chunk, at, next);
    if (this.#carried < total) return next;
    // Reset before the call: the callback may throw and end the session.
    const carry = this.#carry;
    this.#carried = 0;
    onFrame(carry.readUInt8(0), carry, HEADER_BYTES, total);
    if (carry.length > 16 * FIRST_CARRY_BYTES) this.#carry = Buffer.allocUnsafe(FIRST_CARRY_BYTES);
    return next;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#carry.length * 2));
      this.#carry.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    chunk.copy(this.#carry, this.#carried, start, end);
    this.#carried = needed;
  }
}

/** Length of the message whose header begins at `at`, including its type byte. */
export function frameBytes(buf: Buffer, at: number): number {
  const length = buf.readUInt32BE(at + 1);
  if (length < 4 || length >= LONGEST_FRAME_BYTES) throw badFrame(`a length of ${length}`);
  return length + 1;
}
