const REST_MS = 1;
/**
 * A smaller read leaves the server's socket buffer nearly empty; the server may be blocked on a
 * larger one.
 */
const SMALL_READ_BYTES = 16 * 1024;
/** Reads within this time of each other come from a server that has more to send. */
const QUICK_MS = 1;
const QUICK_READS_TO_REST = 16;
/** A rest that brings in less was not worth it. */
const WORTHWHILE_BYTES = 4 * 1024;

/** The first read after a rest may hold bytes from before it. */
const READS_TO_JUDGE = 2;

/**
 * Decides when to leave a drained socket alone for a moment. An eager reader is woken for each
 * message, and so is the server; a reader that rests for 1 ms gets 32 KB at once. It rests only
 * when reads are small and quick (a real backlog). It never rests when idle or when reads are large
 * (the server may be waiting for room), and it stops when a rest brought in little.
 */
export class Pace {
  #quickReads = 0;
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #toJudge = 0;
  #sinceRestBytes = 0;

  /**
   * `bytes` were read at `nowMs`, and the socket is empty. Returns how long to leave it alone: 0 or
   * 1 ms.
   */
  rest(bytes: number, nowMs: number): number {
    const sinceLastMs = nowMs - this.#lastReadMs;
    this.#lastReadMs = nowMs;
    if (this.#toJudge > 0) {
      this.#toJudge -= 1;
      this.#sinceRestBytes += bytes;
      if (this.#sinceRestBytes < WORTHWHILE_BYTES) {
        if (this.#toJudge === 0) this.#quickReads = 0;
        return 0;
      }
      this.#toJudge = 0;
    } else if (bytes < SMALL_READ_BYTES) {
      this.#quickReads = sinceLastMs <= QUICK_MS ? Math.min(this.#quickReads + 1, QUICK_READS_TO_REST) : 0;
    }
    if (bytes >= SMALL_READ_BYTES || this.#quickReads < QUICK_READS_TO_REST) return 0;
    this.#toJudge = READS_TO_JUDGE;
    this.#sinceRestBytes = 0;
    return REST_MS;
  }
}
