import { TailraceError } from '../../core/errors.ts';
import type { Random } from '../world/random.ts';

/** How a call ends. A rejected put may have stored its object, at once or later. */
type Fate = 'answered' | 'answer lost' | 'refused' | 'done later';

/** A process that makes calls. */
interface Caller {
  readonly name: string;
  /** How many calls had ended when it was last asked whether one of its own may. */
  askedAt: number;
  isNext: boolean;
}

/** A call that was made and has not ended. */
interface Call {
  readonly by: Caller;
  readonly what: string;
  /** How often it fails, as a multiple of the usual part. The store itself repeats reads. */
  readonly fragility: number;
  /** Does it, at once, in the memory of this process. */
  readonly work: () => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly madeAtMs: number;
  /** How many calls have ended before it may. */
  readonly notBefore: number;
  /** What the store has answered already, though the process sleeps. */
  answer?: { readonly value: unknown };
}

/**
 * No request takes longer: S3 refuses one that was signed a quarter of an hour ago. A read that
 * takes longer was answered before the process fell asleep.
 */
const LONGEST_MS = 60 * 60 * 1000;

/** How calls fail, beside ninety that are answered, where as many fail as usual. */
const FAILURES: readonly (readonly [weight: number, fate: Fate])[] = [
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
  readonly #fates: readonly (readonly [weight: number, fate: Fate])[];
  readonly #passedMs: () => number;
  readonly #callers = new Map<string, Caller>();
  #pending: Call[] = [];
  #late: Call[] = [];
  #ended = 0;

  /**
   * `faulty`: how many calls fail, as a multiple of the usual part. `passedMs`: how much time has
   * passed.
   */
  constructor(random: Random, { faulty, passedMs }: { faulty: number; passedMs: () => number }) {
    this.#random = random;
    this.#passedMs = passedMs;
    this.#fates = [[90, 'answered'], ...FAILURES.map(([weight, fate]) => [weight * faulty, fate] as const)];
  }

  /**
   * Resolves when chance has it, or never, if the process dies before. `after`: the number
   * of other calls that end first, if there are any.
   */
  make<T>(by: string, what: string, work: () => T, { fragility = 1, after = 0 }: { fragility?: number; after?: number } = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const answered = resolve as (answer: unknown) => void; // with what `work` returned
      const [madeAtMs, notBefore] = [this.#passedMs(), this.#ended + after];
      this.#pending.push({ by: this.#caller(by), what, fragility, work, resolve: answered, reject, madeAtMs, notBefore });
    });
  }

  #caller(name: string): Caller {
    const known = this.#callers.get(name) ?? { name, askedAt: -1, isNext: false };
    this.#callers.set(name, known);
    return known;
  }

  /** Ends one call of a process that is awake. `faulty`: not every call succeeds. */
  endOne(isAwake: (name: string) => boolean, faulty: boolean): Promise<void> {
    if (this.#late.length > 0 && this.#random.chance(0.05)) this.#doLate();
    const call = this.#take(isAwake);
    if (call === null) return Promise.resolve();
    const fate = this.#fateOf(call, faulty);
    this.note(`${call.by.name}: ${call.what}${fate === 'answered' ? '' : `, ${fate}`}`);
    if (fate === 'done later') this.#late.push(call);
    if (fate === 'answered' || fate === 'answer lost') call.answer ??= { value: call.work() };
    if (fate === 'answered') call.resolve(call.answer?.value);
    else call.reject(unavailable(`${call.what}: ${fate}`));
    return settled();
  }

  /** Takes one call of those that are awake, by chance; null: there is none. */
  #take(isAwake: (name: string) => boolean): Call | null {
    const now = this.#ended;
    let [due, resting] = [0, 0];
    for (const { by, notBefore } of this.#pending) {
      if (by.askedAt !== now) by.isNext = isAwake(by.name);
      by.askedAt = now;
      if (!by.isNext) continue;
      if (notBefore <= now) due += 1;
      else resting += 1;
    }
    this.#ended += 1;
    if (due + resting === 0) return null;
    let before = this.#random.between(0, (due > 0 ? due : resting) - 1);
    const place = this.#pending.findIndex(({ by, notBefore }) => by.isNext && (due === 0 || notBefore <= now) && (before -= 1) < 0);
    return this.#pending.splice(place, 1)[0] ?? null;
  }

  /** The process falls asleep. What it has just sent may have reached the store. */
  fallAsleep(name: string): void {
    for (const call of this.#pending)
      if (call.by.name === name && call.fragility > 0 && call.answer === undefined && this.#random.chance(0.5)) {
        this.note(`${name}: ${call.what}, as it falls asleep`);
        call.answer = { value: call.work() };
      }
  }

  #fateOf(call: Call, faulty: boolean): Fate {
    const { fragility, answer } = call;
    if (answer !== undefined) return faulty && this.#random.chance(0.3) ? 'answer lost' : 'answered';
    if (fragility === 1 && this.#isOver(call)) return 'refused';
    const fate = faulty && this.#random.chance(fragility) ? this.#random.weighted(this.#fates) : 'answered';
    return fate === 'done later' && !mayBeLate(call) ? 'refused' : fate;
  }

  #isOver({ madeAtMs }: Call): boolean {
    return this.#passedMs() - madeAtMs > LONGEST_MS;
  }

  /** The process is gone. Each of its calls reaches the store later, or never. */
  kill(name: string): void {
    const its = this.#pending.filter(({ by }) => by.name === name);
    this.#pending = this.#pending.filter(({ by }) => by.name !== name);
    this.#late.push(...its.filter((call) => call.answer === undefined && mayBeLate(call) && this.#random.chance(0.5)));
  }

  /** What was sent to a store that nobody uses any more reaches nobody. */
  forgetLate(): void {
    this.#late = [];
  }

  note(line: string): void {
    this.trace.push(line);
  }

  #doLate(): void {
    const call = this.#random.pick(this.#late);
    this.#late = this.#late.filter((other) => other !== call);
    if (this.#isOver(call)) return;
    this.note(`${call.by.name}: ${call.what}, at last`);
    call.work();
  }
}

/** Nobody looks at where it was thrown, and to note that takes as long as the call. */
function unavailable(what: string): TailraceError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new TailraceError('LAKE_UNAVAILABLE', what);
  Error.stackTraceLimit = limit;
  return error;
}

/** The engine of a dead compactor is dead too, and its statements end in their order. */
function mayBeLate({ what }: Call): boolean {
  return !what.startsWith('engine: ');
}

/**
 * Everything has run that can run without another call: ticks come after all settled promises. A
 * turn of the event loop would take ten times as long.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
