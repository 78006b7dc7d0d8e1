import { LateTime } from './late-time.ts';

/**
 * The error budget: a table may spend 1% of the time more than half-way to its freshness target.
 * Two windows show how fast the budget burns: a long one (is it worth an alert?) and a short one
 * (does it continue?). Source: SRE workbook, "Alerting on SLOs", 6, multiwindow, multi-burn-rate
 * alerts. Windows are multiples of the target, which may be a minute or a day. A table that stands
 * still is reported at three quarters of its target.
 */
const BUDGET = 0.01;
const HALF_WAY = 0.5;

interface Rule {
  readonly burn: Burn;
  /** times the rate that would use the budget up exactly */
  readonly rate: number;
  /** windows, as multiples of the target */
  readonly long: number;
  readonly short: number;
}

export type Burn = 'fast' | 'slow';

const RULES: readonly Rule[] = [
  { burn: 'fast', rate: 14.4, long: 2, short: 1 / 6 },
  { burn: 'slow', rate: 6, long: 12, short: 1 / 2 },
];

/**
 * Decides whether one table is about to miss its target. Pure: times are arguments, in milliseconds
 * of a clock that never steps.
 */
export class TargetWatch {
  readonly #targetMs: number;
  readonly #late: LateTime;

  constructor(targetMs: number) {
    this.#targetMs = targetMs;
    this.#late = new LateTime(targetMs * Math.max(...RULES.map(({ long }) => long)));
  }

  /** `freshnessMs` null: the table was never live. Returns how fast the budget burns now. */
  look(freshnessMs: number | null, nowMs: number): Burn | null {
    this.#late.look((freshnessMs ?? 0) > this.#targetMs * HALF_WAY, nowMs);
    const burns = ({ rate, long, short }: Rule): boolean =>
      [long, short].every((targets) => this.#late.share(targets * this.#targetMs, nowMs) >= rate * BUDGET);
    return RULES.find(burns)?.burn ?? null;
  }
}
