import type { Time } from '../../core/time.ts';
import type { Random } from '../world/random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How much time passes at once: work goes on, a machine sleeps, a day goes by. */
const SPELLS_MS: readonly (readonly [weight: number, ms: number])[] = [
  [2, MINUTE_MS],
  [3, 50 * MINUTE_MS],
  [3, 3 * HOUR_MS],
  [2, 25 * HOUR_MS],
  [0.15, 6 * 24 * HOUR_MS],
];

/** By how much a wall clock steps, forward or back. */
const STEPS_MS: readonly (readonly [weight: number, ms: number])[] = [
  [1, 3 * MINUTE_MS],
  [3, HOUR_MS],
  [3, 26 * HOUR_MS],
  [1, 15 * 24 * HOUR_MS],
];

/** 2026-01-01 UTC. */
const BEGAN_MS = Date.UTC(2026, 0, 1);

/** Time, and the clocks that are said to show it: the store's, and two of each process. */
export class SimulatedClocks {
  readonly #random: Random;
  readonly #steps = new Map<string, number>();
  /** By process: how much of the time its machine slept. */
  readonly #slept = new Map<string, number>();
  readonly #asleepSince = new Map<string, number>();
  #passedMs = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The same time, and the same clock of the store, for other processes. */
  copy(random: Random): SimulatedClocks {
    const copied = new SimulatedClocks(random);
    copied.#passedMs = this.#passedMs;
    copied.#steps.set('store', this.#steps.get('store') ?? 0);
    return copied;
  }

  /** The wall clock of the store. */
  readonly storeNow = (): Date => new Date(this.#wallMs('store'));

  /** How much time has passed since the schedule began. */
  readonly passedMs = (): number => this.#passedMs;

  /** Clocks of a process that starts now. */
  of(process: string): Time {
    const startedMs = this.#passedMs;
    return { wall: () => this.#wallMs(process), elapsed: () => this.#passedMs - startedMs - (this.#slept.get(process) ?? 0) };
  }

  /** Time passes, chance says how much; returns what happened, for the trace. */
  pass(ms = this.#random.weighted(SPELLS_MS)): string {
    this.#passedMs += ms;
    return `${ms / MINUTE_MS} minutes pass`;
  }

  /** Wall clocks step, all by the same; returns what happened, for the trace. */
  step(whose: readonly string[]): string {
    const ms = this.#random.weighted(STEPS_MS) * this.#random.pick([-1, 1]);
    for (const one of whose) this.#steps.set(one, (this.#steps.get(one) ?? 0) + ms);
    return `${whose.length === 1 ? 'the clock' : 'the clocks'} of ${whose.join(' and ')} ${whose.length === 1 ? 'steps' : 'step'} by ${ms / MINUTE_MS} minutes`;
  }

  /** The machine of a process goes to sleep: only its wall clock runs on. */
  sleep(process: string): void {
    this.#asleepSince.set(process, this.#passedMs);
  }

  /** It wakes up, if it slept. */
  wake(process: string): void {
    const since = this.#asleepSince.get(process);
    if (since !== undefined) this.#slept.set(process, (this.#slept.get(process) ?? 0) + this.#passedMs - since);
    this.#asleepSince.delete(process);
  }

  #wallMs(whose: string): number {
    return BEGAN_MS + this.#passedMs + (this.#steps.get(whose) ?? 0);
  }
}
