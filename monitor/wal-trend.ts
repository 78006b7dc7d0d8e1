/** WAL that the source kept for the slot at one moment. */
interface Sample {
  readonly atMs: number;
  readonly retainedBytes: number;
}

/** How the slot develops; null: not known yet, or no end in sight. */
export interface WalOutlook {
  /** Bytes per hour by which the kept WAL grows (negative: it shrinks). */
  readonly growthPerHour: number | null;
  /** Until the source invalidates the slot, at this rate. */
  readonly secondsUntilLost: number | null;
}

const WINDOW_MS = 15 * 60_000;
/** A shorter time may show only one checkpoint or one large commit. */
const LEAST_MS = 30_000;
const APART_MS = 5_000;

/**
 * Computes from the last 15 minutes how fast the kept WAL grows. Pure: times are arguments, in
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
   * `safeBytes`: WAL that may still be written before the slot is in danger; null: no limit.
   */
  outlook(safeBytes: number | null): WalOutlook {
    const slope = this.#slope();
    if (slope === null) return { growthPerHour: null, secondsUntilLost: null };
    const ends = safeBytes !== null && slope > 0;
    return { growthPerHour: slope * 3_600_000, secondsUntilLost: ends ? Math.max(0, safeBytes) / slope / 1000 : null };
  }

  /**
   * Bytes per millisecond by least squares: two looks around a checkpoint differ too much.
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
