/**
 * A statement of the source takes about this long: so long is its table locked against changes of
 * its shape, and so often is progress told.
 */
const STATEMENT_MS = 1_000;
/** With a rate limit, a burst is at most this long a time's worth of rows. */
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

  /** A piece was read. Returns until when the source is to be left alone. */
  read(rows: number, begunAt: number, endedAt: number): number {
    const took = Math.max(1, endedAt - begunAt);
    const factor = Math.min(GROWTH, STATEMENT_MS / took);
    // A statement that found few rows says nothing of one that finds many.
    const most = Math.max(rows, FIRST_ROWS) * GROWTH;
    this.#rows = this.#limited(Math.min(most, Math.max(LEAST_ROWS, Math.round(this.#rows * factor))));
    // What was not used up to now is not saved for later.
    this.#freeAt = Math.max(this.#freeAt, begunAt) + (this.#perSecond === null ? 0 : (rows * 1000) / this.#perSecond);
    return this.#freeAt;
  }

  #limited(rows: number): number {
    return this.#perSecond === null ? rows : Math.max(1, Math.min(rows, Math.round((this.#perSecond * BURST_MS) / 1000)));
  }
}
