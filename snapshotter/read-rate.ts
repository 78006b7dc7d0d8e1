/**
 * Limits how fast all copies together read from the source. Pure: times are arguments, in
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
   * Takes the number of bytes that were read, and returns how long their reader must leave the
   * source alone. Unused time is not saved.
   */
  spend(bytes: number, nowMs: number): number {
    if (this.#perSecond === null) return 0;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes * 1000) / this.#perSecond;
    return this.#freeAtMs - nowMs;
  }
}
