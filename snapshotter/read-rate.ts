/**
 * How fast all copies together may read from the source. Pure: times are arguments, in
 * milliseconds.
 */
export class ReadRate {
  readonly #perSecond: number | null;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  /** `perSecond`: bytes; null: no limit. */
  constructor(perSecond: number | null) {
    this.#perSecond = perSecond;
  }

  /**
   * So many bytes were read. Returns how long whoever read them leaves the source alone; what is
   * not used is not saved for later.
   */
  spend(bytes: number, nowMs: number): number {
    if (this.#perSecond === null) return 0;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes * 1000) / this.#perSecond;
    return this.#freeAtMs - nowMs;
  }
}
