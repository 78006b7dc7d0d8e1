import { TailraceError } from '../../core/errors.ts';
import type { Random } from '../world/random.ts';

/** How a call ends. A rejected put may have stored its object, at once or later. */
type Fate = 'answered' | 'answer lost' | 'refused' | 'done later';

/** A call that was made and has not ended. */
interface Call {
  readonly process: string;
  readonly what: string;
  /** Whether it may fail. */
  readonly mayFail: boolean;
  /** Does it, at once, in the memory of this process. */
  readonly work: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const FATES: readonly (readonly [weight: number, fate: Fate])[] = [
  [90, 'answered'],
  [4, 'answer lost'],
  [4, 'refused'],
  [2, 'done later'],
];

/**
 * All calls that the simulated processes wait for. One at a time ends, and chance decides which one
 * and how; so the order of everything follows from the seed.
 */
export class Calls {
  /** What happened, a line each. */
  readonly trace: string[] = [];
  readonly #random: Random;
  #pending: Call[] = [];
  #late: Call[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Resolves when chance has it, or never, if the process dies before. */
  make<T>(process: string, what: string, work: () => Promise<T>, mayFail = true): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.push({ process, what, mayFail, work, resolve, reject });
    return promise.then((answer) => answer as T); // it is what `work` resolved to
  }

  /** Ends one call of a process that is awake. `faulty`: not every call succeeds. */
  async endOne(isAwake: (process: string) => boolean, faulty: boolean): Promise<void> {
    if (this.#late.length > 0 && this.#random.chance(0.05)) await this.#doLate();
    const awake = this.#pending.filter(({ process }) => isAwake(process));
    if (awake.length === 0) return;
    const call = this.#random.pick(awake);
    this.#pending = this.#pending.filter((other) => other !== call);
    const fate = faulty && call.mayFail ? this.#random.weighted(FATES) : 'answered';
    this.note(`${call.process}: ${call.what}${fate === 'answered' ? '' : `, ${fate}`}`);
    if (fate === 'done later') this.#late.push(call);
    const answer = fate === 'answered' || fate === 'answer lost' ? await call.work() : null;
    if (fate === 'answered') call.resolve(answer);
    else call.reject(new TailraceError('LAKE_UNAVAILABLE', `${call.what}: ${fate}`));
    await settled();
  }

  /** The process is gone. Each of its calls reaches the store later, or never. */
  kill(process: string): void {
    const [its, others] = [
      this.#pending.filter((call) => call.process === process),
      this.#pending.filter((call) => call.process !== process),
    ];
    this.#pending = others;
    this.#late.push(...its.filter(() => this.#random.chance(0.5)));
  }

  /** What was sent to a store that nobody uses any more reaches nobody. */
  forgetLate(): void {
    this.#late = [];
  }

  note(line: string): void {
    this.trace.push(line);
  }

  async #doLate(): Promise<void> {
    const call = this.#random.pick(this.#late);
    this.#late = this.#late.filter((other) => other !== call);
    this.note(`${call.process}: ${call.what}, at last`);
    await call.work();
  }
}

/** Everything has run that can run without another call. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
