import { parseLsn } from '../core/lsn.ts';
import type { Moment } from '../core/time.ts';
import type { StatusReport } from './status.ts';

/** One point of the page's charts. */
export interface HistorySample {
  /**
   * milliseconds since 1970, by our clock as it was when the history began: a step of the clock
   * leaves no gap and no overlap in a chart
   */
  readonly atMs: number;
  readonly freshnessSeconds: number | null;
  /** write position of the source */
  readonly sourceBytes: number | null;
  readonly retainedBytes: number | null;
}

const APART_MS = 10_000;
const KEPT_MS = 6 * 3_600_000;

/** Samples of the last six hours, one every ten seconds. Pure: times are arguments. */
export class History {
  #samples: HistorySample[] = [];
  readonly #begun: Moment;

  constructor(begun: Moment) {
    this.#begun = begun;
  }

  get samples(): readonly HistorySample[] {
    return this.#samples;
  }

  /**
   * Keeps the worst look of each ten seconds. `elapsedMs`: by a clock that never steps.
   */
  add({ freshnessSeconds, source }: StatusReport, elapsedMs: number): void {
    const atMs = this.#begun.wallMs + elapsedMs - this.#begun.elapsedMs;
    const last = this.#samples.at(-1);
    const sample = {
      atMs,
      freshnessSeconds,
      sourceBytes: source.lsn === null ? null : Number(parseLsn(source.lsn)),
      retainedBytes: source.slot.retainedBytes,
    };
    if (last !== undefined && atMs - last.atMs < APART_MS) {
      const worse = (freshnessSeconds ?? 0) > (last.freshnessSeconds ?? 0);
      if (worse) this.#samples[this.#samples.length - 1] = { ...last, freshnessSeconds };
      return;
    }
    this.#samples.push(sample);
    while ((this.#samples[0]?.atMs ?? atMs) < atMs - KEPT_MS) this.#samples.shift();
  }
}
