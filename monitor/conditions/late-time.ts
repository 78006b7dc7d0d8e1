interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The times at which something was bad. Looks may be far apart: the time between two looks counts
 * as the later look saw it. Pure: times are arguments.
 */
export class LateTime {
  readonly #keptMs: number;
  #spans: readonly Span[] = [];
  #lookedAtMs: number | null = null;

  /** `keptMs`: the longest window that `share` will be asked for. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  look(bad: boolean, nowMs: number): void {
    const sinceMs = this.#lookedAtMs ?? nowMs;
    this.#lookedAtMs = nowMs;
    if (!bad || nowMs <= sinceMs) return;
    const last = this.#spans.at(-1);
    const kept = this.#spans.filter(({ toMs }) => toMs > nowMs - this.#keptMs);
    this.#spans =
      last?.toMs === sinceMs ? [...kept.slice(0, -1), { fromMs: last.fromMs, toMs: nowMs }] : [...kept, { fromMs: sinceMs, toMs: nowMs }];
  }

  /**
   * The share of the last `windowMs` that was bad, from 0 to 1. Time before the first look counts
   * as good.
   */
  share(windowMs: number, nowMs: number): number {
    const begin = nowMs - windowMs;
    return this.#spans.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, nowMs) - Math.max(fromMs, begin)), 0) / windowMs;
  }
}
