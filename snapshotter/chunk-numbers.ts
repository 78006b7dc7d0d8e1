/**
 * Numbers the chunks of one copy. A copy that broke off may have left gaps. They are filled first,
 * since only chunks before the first gap count.
 */
export class ChunkNumbers {
  readonly #rows: Map<number, number>;
  #next = 0;

  constructor(named: readonly { readonly n: number; readonly rows: number }[]) {
    this.#rows = new Map(named.map(({ n, rows }) => [n, rows]));
  }

  /** The next free number. */
  take(): number {
    do this.#next += 1;
    while (this.#rows.has(this.#next));
    return this.#next;
  }

  /** A chunk is in the lake. */
  named(n: number, rows: number): void {
    this.#rows.set(n, rows);
  }

  /** Chunks without a gap from the first on, and their rows. */
  get whole(): { readonly chunks: number; readonly rows: number } {
    let chunks = 0;
    let rows = 0;
    for (let found = this.#rows.get(1); found !== undefined; found = this.#rows.get(chunks + 1)) {
      chunks += 1;
      rows += found;
    }
    return { chunks, rows };
  }
}
