interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When something was bad, as seen by looks that may be far apart: between two looks it was what the
 * later one saw. Pure: times are arguments.
 */
export class LateTime {
  readonly #keptMs: number;
  #spans: readonly Span[] = [];
  #lookedAtMs: number | null = null;

  /** `keptMs`: the longest window that is asked for. */
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
   * Part of the last `windowMs` that was bad, from 0 to 1; what was before the first look was not.
   */
  share(windowMs: number, nowMs: number): number {
    const begin = nowMs - windowMs;
    return this.#spans.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, nowMs) - Math.max(fromMs, begin)), 0) / windowMs;
  }
}
