/** Chance from a seed (mulberry32): the same seed gives the same draws in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1);
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    // A whole number of 32 bits with a sign needs no memory of its own.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.between(0, list.length - 1)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** One of a list by weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let all = 0;
    for (const choice of choices) all += choice[0];
    let left = this.next() * all;
    for (const choice of choices) {
      left -= choice[0];
      if (left < 0) return choice[1];
    }
    return this.pick(choices)[1];
  }

  /** Some of a list in its order, at least one. */
  some<T>(list: readonly T[]): T[] {
    const chosen = list.filter(() => this.chance(0.4));
    return chosen.length > 0 || list.length === 0 ? chosen : [this.pick(list)];
  }
}
