/** Smaller buffers are cheap to allocate and to collect. */
const SMALLEST_BYTES = 16 * 1024;

/**
 * Memory that one file's columns leave to the next file's. Without it every file's columns are new
 * memory outside of the JavaScript heap. The collector then runs after each 32 MB of it, even if
 * there is little to collect.
 */
export class BufferPool {
  readonly #keptBytes: number;
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** Buffers that this pool handed out; only these are taken back, each once. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #freeBytes = 0;

  /** Keeps at most `keptBytes` for later. */
  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes;
  }

  /** A buffer of at least this many bytes, with any content. */
  take(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    const buffer = this.#reuse(size) ?? new ArrayBuffer(size);
    this.#lend(buffer);
    return buffer;
  }

  /** A buffer of at least this many bytes, all 0. */
  takeZeroed(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    const used = this.#reuse(size);
    if (used !== null) new Uint8Array(used).fill(0);
    const buffer = used ?? new ArrayBuffer(size);
    this.#lend(buffer);
    return buffer;
  }

  /**
   * Takes a buffer back that no one reads any more. A buffer from elsewhere, or one that was given
   * back before, is left alone.
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
 * The pool in which columns are built. The last user of a column gives its memory back with
 * `releaseVector`.
 */
export const columnMemory = new BufferPool(64 * 1024 * 1024);
