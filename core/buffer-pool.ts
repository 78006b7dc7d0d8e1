/** Less than this comes and goes cheaply. */
const SMALLEST_BYTES = 16 * 1024;

/**
 * Memory that one file's columns leave to the next file's. Without it every file's columns are new
 * memory outside of the JavaScript heap, and the collector runs whenever 32 MB of that were added,
 * however little there is to collect.
 */
export class BufferPool {
  readonly #keptBytes: number;
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** Only what came from here is taken back, and once. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #freeBytes = 0;

  /** Keeps at most so many bytes for later. */
  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes;
  }

  /** At least so many bytes, whatever is in them. */
  take(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    const buffer = this.#reuse(size) ?? new ArrayBuffer(size);
    this.#lend(buffer);
    return buffer;
  }

  /** At least so many bytes, all 0. */
  takeZeroed(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    const used = this.#reuse(size);
    if (used !== null) new Uint8Array(used).fill(0);
    const buffer = used ?? new ArrayBuffer(size);
    this.#lend(buffer);
    return buffer;
  }

  /**
   * Nobody may look at the buffer any more. One that is not from here, or was given back before, is
   * left alone.
   */
  giveBack(buffer: ArrayBufferLike): void {
    if (!this.#lent.delete(buffer) || !(buffer instanceof ArrayBuffer)) return;
    const size = buffer.byteLength;
    if (this.#freeBytes + size > this.#keptBytes) return;
    this.#freeBytes += size;
    const same = this.#free.get(size);
    if (same === undefined) this.#free.set(size, [buffer]);
    else same.push(buffer);
  }

  #reuse(size: number): ArrayBuffer | null {
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) return null;
    this.#freeBytes -= size;
    return buffer;
  }

  #lend(buffer: ArrayBuffer): void {
    if (buffer.byteLength >= SMALLEST_BYTES) this.#lent.add(buffer);
  }
}

/**
 * The next power of two, or five, six or seven quarters of the one below: a file of 33 MB does not
 * take 64.
 */
function sizeFor(bytes: number): number {
  const quarter = 2 ** (Math.floor(Math.log2(Math.max(bytes, 64) - 1)) - 2);
  return Math.ceil(bytes / quarter) * quarter;
}

/**
 * What columns are built in. Who hands columns on and needs them no more gives their memory back
 * with `releaseVector`.
 */
export const columnMemory = new BufferPool(64 * 1024 * 1024);
