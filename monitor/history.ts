import { parseLsn } from '../core/lsn.ts';
import type { StatusReport } from './status.ts';

/** One point of the page's plots. */
export interface HistorySample {
  /** our clock, since 1970 */
  readonly atMs: number;
  readonly freshnessSeconds: number | null;
  /** write position of the source */
  readonly sourceBytes: number | null;
  readonly retainedBytes: number | null;
}

const APART_MS = 10_000;
const KEPT_MS = 6 * 3_600_000;

/** What was seen in the last hours, a look every ten seconds. Pure: times are arguments. */
export class History {
  #samples: HistorySample[] = [];

  get samples(): readonly HistorySample[] {
    return this.#samples;
  }

  /** The worst look of ten seconds is the one that is kept. */
  add({ freshnessSeconds, source }: StatusReport, atMs: number): void {
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
