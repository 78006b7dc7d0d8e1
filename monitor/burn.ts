import { LateTime } from './late-time.ts';

/**
 * The error budget: for one hundredth of the time a table may be more than half-way to breaking its
 * promise. How fast it burns is seen in a long window (is it worth a call?) and a short one (does
 * it go on?), as in the SRE workbook, "Alerting on SLOs", 6: multiwindow, multi-burn-rate alerts.
 * The windows are multiples of the promise, which may be a minute or a day: one that stands still
 * is told of at three quarters of it.
 */
const BUDGET = 0.01;
const HALF_WAY = 0.5;

interface Rule {
  readonly burn: Burn;
  /** so many times as fast as would use the budget up exactly */
  readonly rate: number;
  /** in promises */
  readonly long: number;
  readonly short: number;
}

export type Burn = 'fast' | 'slow';

const RULES: readonly Rule[] = [
  { burn: 'fast', rate: 14.4, long: 2, short: 1 / 6 },
  { burn: 'slow', rate: 6, long: 12, short: 1 / 2 },
];

/**
 * Whether one promise is about to be broken. Pure: times are arguments, in milliseconds of a clock
 * that never steps.
 */
export class PromiseWatch {
  readonly #promisedMs: number;
  readonly #late: LateTime;

  constructor(promisedMs: number) {
    this.#promisedMs = promisedMs;
    this.#late = new LateTime(promisedMs * Math.max(...RULES.map(({ long }) => long)));
  }

  /** `freshnessMs` null: nothing to be fresh yet. Returns how the budget burns now. */
  look(freshnessMs: number | null, nowMs: number): Burn | null {
    this.#late.look((freshnessMs ?? 0) > this.#promisedMs * HALF_WAY, nowMs);
    const burns = ({ rate, long, short }: Rule): boolean =>
      [long, short].every((promises) => this.#late.share(promises * this.#promisedMs, nowMs) >= rate * BUDGET);
    return RULES.find(burns)?.burn ?? null;
  }
}
