/**
 * A statement at the source takes about this long. Its table is locked against changes of shape for
 * that time, and progress is reported as often.
 */
const STATEMENT_MS = 1_000;
/** With a rate limit, a burst has at most the rows of this time. */
const BURST_MS = 500;
const FIRST_ROWS = 2_000;
const LEAST_ROWS = 100;
/** The next piece is at most this many times the last one. */
const GROWTH = 4;

/**
 * How many rows the source is asked for at once, and how long it is left alone in between. Pure:
 * times are arguments, in milliseconds.
 */
export class Pace {
  readonly #perSecond: number | null;
  #rows: number;
  #freeAt = 0;

  /** `perSecond`: rows the source may be made to read per second; null: no limit. */
  constructor(perSecond: number | null) {
    this.#perSecond = perSecond;
    this.#rows = this.#limited(FIRST_ROWS);
  }

  /** Rows of the next piece. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes a piece that was read. Returns the time until which the source is to be left alone. */
  read(rows: number, begunAt: number, endedAt: number): number {
    const took = Math.max(1, endedAt - begunAt);
    const factor = Math.min(GROWTH, STATEMENT_MS / took);
    // A statement that found few rows predicts nothing about one that finds many.
    const most = Math.max(rows, FIRST_ROWS) * GROWTH;
    this.#rows = this.#limited(Math.min(most, Math.max(LEAST_ROWS, Math.round(this.#rows * factor))));
    // Unused time is not saved.
    this.#freeAt = Math.max(this.#freeAt, begunAt) + (this.#perSecond === null ? 0 : (rows * 1000) / this.#perSecond);
    return this.#freeAt;
  }

  #limited(rows: number): number {
    return this.#perSecond === null ? rows : Math.max(1, Math.min(rows, Math.round((this.#perSecond * BURST_MS) / 1000)));
  }
}
