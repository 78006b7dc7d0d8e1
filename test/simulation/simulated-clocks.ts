import type { Time } from '../../core/time.ts';
import type { Random } from '../world/random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How much time passes at once: work goes on, a machine sleeps, a day goes by. */
const SPELLS_MS: readonly (readonly [weight: number, ms: number])[] = [
  [4, MINUTE_MS],
  [2, 50 * MINUTE_MS],
  [2, 3 * HOUR_MS],
  [2, 25 * HOUR_MS],
];

/** By how much a wall clock steps. */
const STEPS_MS: readonly number[] = [-26 * HOUR_MS, -HOUR_MS, HOUR_MS, 26 * HOUR_MS];

/** 2026-01-01 UTC. */
const BEGAN_MS = Date.UTC(2026, 0, 1);

/** Time, and the clocks that are said to show it: the store's, and two of each process. */
export class SimulatedClocks {
  readonly #random: Random;
  readonly #steps = new Map<string, number>();
  #passedMs = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The wall clock of the store. */
  readonly storeNow = (): Date => new Date(this.#wallMs('store'));

  /** Clocks of a process that starts now. */
  of(process: string): Time {
    const startedMs = this.#passedMs;
    return { wall: () => this.#wallMs(process), elapsed: () => this.#passedMs - startedMs };
  }

  /** Time passes; returns what happened, for the trace. */
  pass(): string {
    const ms = this.#random.weighted(SPELLS_MS);
    this.#passedMs += ms;
    return `${ms / MINUTE_MS} minutes pass`;
  }

  /** A wall clock steps; returns what happened, for the trace. */
  step(whose: string): string {
    const ms = this.#random.pick(STEPS_MS);
    this.#steps.set(whose, (this.#steps.get(whose) ?? 0) + ms);
    return `the clock of ${whose} steps by ${ms / HOUR_MS} hours`;
  }

  #wallMs(whose: string): number {
    return BEGAN_MS + this.#passedMs + (this.#steps.get(whose) ?? 0);
  }
}
