/** WAL that the source keeps for the slot, as it was at a moment. */
interface Sample {
  readonly atMs: number;
  readonly retainedBytes: number;
}

/** Where the slot is heading; nulls: not known yet, or there is no end in sight. */
export interface WalOutlook {
  /** Bytes per hour by which the kept WAL grows (negative: it shrinks). */
  readonly growthPerHour: number | null;
  /** Until the source gives the slot up, at this rate. */
  readonly secondsUntilLost: number | null;
}

const WINDOW_MS = 15 * 60_000;
/** Over less than this, one checkpoint or one large commit is all that is seen. */
const LEAST_MS = 30_000;
const APART_MS = 5_000;

/**
 * Reckons from the last quarter of an hour how the kept WAL grows. Pure: times are arguments, in
 * milliseconds of a clock that never steps.
 */
export class WalTrend {
  #samples: Sample[] = [];

  add(sample: Sample): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.atMs - last.atMs < APART_MS) return;
    this.#samples = [...this.#samples.filter(({ atMs }) => sample.atMs - atMs <= WINDOW_MS), sample];
  }

  /**
   * `safeBytes`: what may still be written before the slot is in danger; null: there is no limit.
   */
  outlook(safeBytes: number | null): WalOutlook {
    const slope = this.#slope();
    if (slope === null) return { growthPerHour: null, secondsUntilLost: null };
    const ends = safeBytes !== null && slope > 0;
    return { growthPerHour: slope * 3_600_000, secondsUntilLost: ends ? Math.max(0, safeBytes) / slope / 1000 : null };
  }

  /**
   * Bytes per millisecond by least squares: single looks before and after a checkpoint differ much.
   */
  #slope(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_MS) return null;
    const count = this.#samples.length;
    const meanAt = this.#samples.reduce((sum, { atMs }) => sum + atMs, 0) / count;
    const meanBytes = this.#samples.reduce((sum, { retainedBytes }) => sum + retainedBytes, 0) / count;
    let covariance = 0;
    let variance = 0;
    for (const { atMs, retainedBytes } of this.#samples) {
      covariance += (atMs - meanAt) * (retainedBytes - meanBytes);
      variance += (atMs - meanAt) ** 2;
    }
    return covariance / variance;
  }
}
