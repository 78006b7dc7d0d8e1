import { Random } from '../world/random.ts';
import { Calls } from './calls.ts';
import { compactor } from './compactor-role.ts';
import { mixOf } from './mix.ts';
import type { Mix, ScheduleEvent } from './mix.ts';
import { ProcessStore } from './process-store.ts';
import { ALONE, HELPERS, OPTIONAL, PRODUCT, SHARED, someRoles } from './roles.ts';
import { SimulatedLake } from './simulated-lake.ts';
import type { Role, World } from './simulated-process.ts';

/** What the roles of a simulation do, by name. Each is played by one process at first. */
export type Roles = Readonly<Record<string, Role>>;

/** How one schedule ended. */
export interface Verdict {
  /** What must never happen, and did; empty: nothing. */
  readonly wrongs: readonly string[];
  /** What happened, a line each. The same seed has the same lines. */
  readonly trace: readonly string[];
}

interface Running {
  readonly role: string;
  awake: boolean;
}

const HOUR_MS = 3_600_000;

/** Processes of one role, at most: with more of them nobody gets anywhere. */
const MOST_ALIKE = 3;
/** The end of a schedule: a reader that begins then, and how much time passes before sweeps. */
const END = { fresh: compactor('fresh'), passMs: 8_000 * HOUR_MS };
/** For this time a sweeper has known its list when it acts on it, at most. */
const KNOWN_MS = 2 * HOUR_MS;
/** The part of schedules that begin without a lake. The others continue one of a few lakes. */
const [NEW_LAKES, EARLIER_LAKES] = [0.25, 64];
const earlierLakes = new Map<number, Promise<SimulatedLake>>();
/** How such a lake is made: by whom, and how much time passes until nothing is left to do. */
const SEASON = {
  roles: ['writer', 'copier', 'sweeper', 'keeper', 'reader'],
  days: 16,
  hours: [1, 30] as const,
  /** How likely the slot is lost on a day. */
  slotsLost: 0.07,
};
/** Calls after the last fault in which processes that woke up do what they had begun. */
const CALLS_OF_ZOMBIES = 60;
/** Calls after the last fault, within which everything must go on. */
const CALLS_TO_RECOVER = 2_000;

/**
 * Plays one schedule: roles that share a lake, whose calls end in an order that the seed decides,
 * with crashes, frozen processes, machines that sleep, lost answers, lagging lists, clocks that
 * step, failovers of the source, and a lake that is copied elsewhere.
 */
export async function simulate(seed: number, roles: Roles): Promise<Verdict> {
  const random = new Random(seed);
  const simulation = new Simulation(random, roles, random.chance(NEW_LAKES) ? null : await earlierLake(random.between(1, EARLIER_LAKES)));
  for (let step = 0; step < simulation.steps; step += 1) await simulation.step();
  await simulation.recover({ fresh: seed % 2 === 0 });
  if (seed % 3 === 0) await simulation.tidy();
  return { wrongs: simulation.wrongs, trace: simulation.trace };
}

/** A lake that the product has filled for some days, by its number. */
function earlierLake(n: number): Promise<SimulatedLake> {
  const known =
    earlierLakes.get(n) ??
    new Simulation(
      new Random(n),
      someRoles(PRODUCT, (name) => SEASON.roles.includes(name)),
      null,
    ).season();
  earlierLakes.set(n, known);
  return known;
}

class Simulation {
  readonly wrongs: string[] = [];
  readonly #random: Random;
  readonly #mix: Mix;
  readonly #roles: Roles;
  readonly #calls: Calls;
  readonly #lake: SimulatedLake;
  readonly #world: World;
  readonly #running = new Map<string, Running>();
  #goal = 0;
  #faulty = true;
  /** Roles that have not done what they are for since the last fault. */
  #waiting = new Set<string>();

  /** `earlier`: the lake that processes of before have left; null: there is none yet. */
  constructor(random: Random, roles: Roles, earlier: SimulatedLake | null) {
    this.#random = random;
    this.#mix = mixOf(this.#random);
    // Where fewer take part, each gets further.
    this.#roles = someRoles(roles, (name) => !OPTIONAL.has(name) || this.#random.chance(this.#mix.others * (OPTIONAL.get(name) ?? 1)));
    const lake = earlier?.copy(random, this.wrongs) ?? SimulatedLake.empty(random, this.wrongs);
    this.#lake = lake;
    this.#calls = new Calls(this.#random, { faulty: this.#mix.faulty, passedMs: lake.clocks.passedMs });
    this.#calls.note(`a schedule of kind "${this.#mix.name}"${earlier === null ? '' : `, from batch ${lake.judge.last} on`}`);
    this.#world = {
      source: lake.source,
      policy: lake.policy,
      judge: lake.judge,
      leases: new Set(),
      objects: () => lake.store,
      warehouse: (id) => lake.warehouse(id),
      goal: () => this.#goal,
      isFaulty: () => this.#faulty,
      isAwake: (name) => this.#running.get(name)?.awake === true,
    };
    this.#startAll();
  }

  get steps(): number {
    return this.#mix.steps;
  }

  get trace(): readonly string[] {
    return this.#calls.trace;
  }

  step(): Promise<void> | void {
    const event = this.#random.weighted(this.#mix.events);
    if (event === 'call') return this.#endOne(true);
    const [name, running] = this.#random.pick([...this.#running]);
    this.#happen(event, name, running);
  }

  /** Days pass without a fault, until the sweeper has data on its list. Then all processes end. */
  async season(): Promise<SimulatedLake> {
    this.#faulty = false;
    for (let day = 0; day < SEASON.days && !this.#lake.store.listsData(); day += 1) {
      await this.#until([...this.#running.values()].map(({ role }) => role));
      if (this.#random.chance(SEASON.slotsLost)) this.#loseSlot();
      this.#calls.note(this.#lake.clocks.pass(this.#random.between(...SEASON.hours) * HOUR_MS));
    }
    this.#killAll();
    return this.#lake;
  }

  /**
   * The faults end. From then on every role has to get somewhere. `fresh`: a new reader too, which
   * begins while the list of a sweeper goes.
   */
  async recover({ fresh }: { fresh: boolean }): Promise<void> {
    this.#calls.note('all faults end');
    this.#faulty = false;
    for (const [name, running] of this.#running) this.#wake(name, running);
    for (let call = 0; call < CALLS_OF_ZOMBIES; call += 1) await this.#endOne(false);
    const newest = new Map([...this.#running].map(([name, { role }]) => [role, name]));
    for (const [name, { role }] of this.#running) if (newest.get(role) !== name) this.#kill(name);
    await this.#until([...newest.keys()]);
    // The sweeper has to know its list for some time.
    await this.#until(['sweeper']);
    this.#passGrace();
    if (fresh) this.#start('fresh', END.fresh);
    await this.#until(fresh ? ['sweeper', 'reader', 'fresh'] : ['sweeper', 'reader']);
  }

  /**
   * Nothing unnamed stays after two to five sweeps that nothing disturbs, beside a last writer:
   * what others have left goes only where the log has grown.
   */
  async tidy(): Promise<void> {
    const before = this.#world.judge.last;
    this.#killAll();
    this.#start('writer');
    await this.#until(['writer']);
    this.#start('sweeper');
    let left: readonly string[] = [];
    for (let sweep = 1; sweep <= 2 || (sweep <= 5 && left.length > 0); sweep += 1) {
      this.#calls.note(this.#lake.clocks.pass(END.passMs));
      await this.#until(['writer', 'sweeper']);
      left = [...this.#lake.store.leftovers(), ...this.#world.judge.keptOfEnded(before, this.#lake.store)];
    }
    if (left.length > 0) this.wrongs.push(`${left.join(', ')} stays though nothing needs it`);
    for (const tableId of this.#lake.source.tableIds) this.#world.judge.judgeTable(tableId, this.#lake.store, 'at the end');
  }

  async #until(roles: readonly string[]): Promise<void> {
    this.#waiting = new Set(roles);
    this.#goal = this.#world.judge.last;
    for (let call = 0; call < CALLS_TO_RECOVER && this.#waiting.size > 0; call += 1) await this.#endOne(false);
    for (const role of this.#waiting) this.wrongs.push(`no ${role} got anywhere in ${CALLS_TO_RECOVER} calls without a fault`);
  }

  #killAll(): void {
    for (const name of this.#running.keys()) this.#kill(name);
    this.#calls.forgetLate();
  }

  #happen(event: Exclude<ScheduleEvent, 'call'>, name: string, running: Running): void {
    if (event === 'time') this.#calls.note(this.#lake.clocks.pass());
    else if (event === 'grace') this.#passGrace();
    else if (event === 'step') this.#calls.note(this.#lake.clocks.step(this.#someClocks(name)));
    else if (event === 'kill') this.#replace(name, running.role);
    else if (event === 'freeze' || event === 'suspend') this.#toggle(name, running, event);
    else if (event === 'take over') this.#takeOver(running.role);
    else if (event === 'fail over') this.#failOver();
    else if (event === 'lose slot') this.#loseSlot();
    else if (event === 'by hand') this.#calls.note(this.#lake.changeByHand());
    else this.#move();
  }

  #endOne(faulty: boolean): Promise<void> {
    return this.#calls.endOne(this.#comes, faulty);
  }

  /**
   * Those that are waited for come first, and those that they may wait for: a copy may be ahead of
   * the lake, and a request needs a copy.
   */
  readonly #comes = (name: string): boolean => {
    const running = this.#running.get(name);
    if (running?.awake !== true) return false;
    const { role } = running;
    return this.#waiting.size === 0 || this.#waiting.has(role) || this.#random.chance(HELPERS.has(role) ? 0.4 : 0.06);
  };

  #someClocks(name: string): string[] {
    const all = ['store', ...this.#running.keys()];
    return this.#random.chance(0.5) ? [this.#random.chance(0.4) ? 'store' : name] : this.#random.some(all);
  }

  #startAll(): void {
    for (const role of Object.keys(this.#roles)) this.#start(role);
  }

  #start(role: string, play: Role | undefined = this.#roles[role]): void {
    const [name, random, calls, world] = [this.#lake.nameOf(role), this.#random, this.#calls, this.#world];
    this.#running.set(name, { role, awake: true });
    this.#calls.note(`${name} starts`);
    const store = new ProcessStore(this.#lake.store, { calls, process: name, random, lags: () => this.#faulty });
    const wrong = (what: string): void => void this.wrongs.push(`${name}: ${what}`);
    const progress = (): void => void this.#waiting.delete(role);
    const work = play?.({ name, store, time: this.#lake.clocks.of(name), random, calls, world, wrong, progress });
    work?.catch((error: unknown) => wrong(String(error)));
  }

  #kill(name: string): void {
    this.#calls.note(`${name} is killed`);
    this.#running.delete(name);
    this.#calls.kill(name);
  }

  #replace(name: string, role: string): void {
    this.#kill(name);
    if (![...this.#running.values()].some((other) => other.role === role)) this.#start(role);
  }

  #takeOver(role: string): void {
    const alike = [...this.#running].filter(([, running]) => running.role === role);
    const most = ALONE.has(role) ? 1 : MOST_ALIKE;
    for (const [name] of alike.slice(0, Math.max(0, alike.length - most + 1))) this.#kill(name);
    this.#start(role);
  }

  #toggle(name: string, running: Running, how: 'freeze' | 'suspend'): void {
    if (!running.awake) return this.#wake(name, running);
    running.awake = false;
    this.#calls.fallAsleep(name);
    if (how === 'suspend') this.#lake.clocks.sleep(name);
    this.#calls.note(how === 'suspend' ? `the machine of ${name} sleeps` : `${name} freezes`);
    if (SHARED.has(running.role) && this.#random.chance(0.5)) this.#takeOver(running.role);
  }

  #wake(name: string, running: Running): void {
    if (running.awake) return;
    running.awake = true;
    this.#lake.clocks.wake(name);
    this.#calls.note(`${name} goes on`);
  }

  /** After this time a sweeper acts on a list that it knows. */
  #passGrace(): void {
    this.#calls.note(this.#lake.clocks.pass(this.#world.policy.graceMs + KNOWN_MS));
  }

  #failOver(): void {
    this.#world.source.failOver();
    this.#calls.note('the source fails over');
  }

  /** All tables get another id and another copy. */
  #loseSlot(): void {
    this.#world.source.loseSlot();
    this.#calls.note('the slot is lost');
  }

  /** The lake is copied to another place, where other processes continue it. */
  #move(): void {
    this.#killAll();
    this.#lake.move(this.wrongs);
    this.#calls.note('the lake is copied, and the copy takes its place');
    this.#startAll();
  }
}
