import { Random } from '../world/random.ts';
import { Calls } from './calls.ts';
import { JudgedStore } from './judged-store.ts';
import { LakeJudge } from './lake-judge.ts';
import { mixOf } from './mix.ts';
import type { Mix, ScheduleEvent } from './mix.ts';
import { ProcessStore } from './process-store.ts';
import { SimulatedClocks } from './simulated-clocks.ts';
import type { Role, World } from './simulated-process.ts';
import { SimulatedSource } from './simulated-source.ts';

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

const STEPS = 400;
/** Processes of one role, at most: with more of them nobody gets anywhere. */
const MOST_ALIKE = 3;
/** Calls after the last fault, within which everything must go on. */
const CALLS_TO_RECOVER = 2_000;

/**
 * Plays one schedule: roles that share a lake, whose calls end in an order that the seed decides,
 * with crashes, frozen processes, machines that sleep, lost answers, lagging lists, clocks that
 * step, failovers of the source, and a lake that is copied elsewhere.
 */
export async function simulate(seed: number, roles: Roles): Promise<Verdict> {
  const simulation = new Simulation(seed, roles);
  for (let step = 0; step < STEPS; step += 1) await simulation.step();
  await simulation.recover();
  return { wrongs: simulation.wrongs, trace: simulation.trace };
}

class Simulation {
  readonly wrongs: string[] = [];
  readonly #random: Random;
  readonly #mix: Mix;
  readonly #roles: Roles;
  readonly #calls: Calls;
  readonly #clocks: SimulatedClocks;
  readonly #world: World;
  readonly #running = new Map<string, Running>();
  #store: JudgedStore;
  #started = 0;
  /** Roles that have not done what they are for since the last fault. */
  #waiting = new Set<string>();

  constructor(seed: number, roles: Roles) {
    this.#random = new Random(seed);
    this.#mix = mixOf(this.#random);
    this.#roles = roles;
    this.#clocks = new SimulatedClocks(this.#random);
    this.#calls = new Calls(this.#random, { faulty: this.#mix.faulty, passedMs: this.#clocks.passedMs });
    this.#calls.note(`a schedule of kind "${this.#mix.name}"`);
    const source = new SimulatedSource(this.#random);
    this.#world = { source, judge: new LakeJudge(source, this.wrongs), isAwake: (name) => this.#running.get(name)?.awake === true };
    this.#store = this.#newStore();
    this.#startAll();
  }

  get trace(): readonly string[] {
    return this.#calls.trace;
  }

  async step(): Promise<void> {
    const [name, running] = this.#random.pick([...this.#running]);
    await this.#happen(this.#random.weighted(this.#mix.events), name, running);
  }

  /** The faults end. From then on the lake has to grow. */
  async recover(): Promise<void> {
    this.#calls.note('all faults end');
    for (const [name, running] of this.#running) this.#wake(name, running);
    this.#waiting = new Set(Object.keys(this.#roles));
    for (let call = 0; call < CALLS_TO_RECOVER && this.#waiting.size > 0; call += 1) await this.#endOne(false);
    for (const role of this.#waiting) this.wrongs.push(`no ${role} got anywhere in ${CALLS_TO_RECOVER} calls after the last fault`);
  }

  async #happen(event: ScheduleEvent, name: string, running: Running): Promise<void> {
    if (event === 'call') await this.#endOne(true);
    else if (event === 'time') this.#calls.note(this.#clocks.pass());
    else if (event === 'step') this.#calls.note(this.#clocks.step(this.#someClocks(name)));
    else if (event === 'kill') this.#replace(name, running.role);
    else if (event === 'freeze' || event === 'suspend') await this.#toggle(name, running, event);
    else if (event === 'take over') this.#takeOver(running.role);
    else if (event === 'fail over') this.#failOver();
    else await this.#move();
  }

  async #endOne(faulty: boolean): Promise<void> {
    await this.#calls.endOne(this.#world.isAwake, faulty);
  }

  #someClocks(name: string): string[] {
    const all = ['store', ...this.#running.keys()];
    return this.#random.chance(0.5) ? [this.#random.chance(0.4) ? 'store' : name] : this.#random.some(all);
  }

  #startAll(): void {
    for (const role of Object.keys(this.#roles)) this.#start(role);
  }

  #start(role: string): void {
    this.#started += 1;
    const [name, random, calls, world] = [`${role}${this.#started}`, this.#random, this.#calls, this.#world];
    this.#running.set(name, { role, awake: true });
    this.#calls.note(`${name} starts`);
    const store = new ProcessStore(this.#store, { calls, process: name, random });
    const wrong = (what: string): void => void this.wrongs.push(`${name}: ${what}`);
    const progress = (): void => void this.#waiting.delete(role);
    const work = this.#roles[role]?.({ name, store, time: this.#clocks.of(name), random, calls, world, wrong, progress });
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
    const [oldest] = alike;
    if (alike.length >= MOST_ALIKE && oldest !== undefined) this.#kill(oldest[0]);
    this.#start(role);
  }

  async #toggle(name: string, running: Running, how: 'freeze' | 'suspend'): Promise<void> {
    if (!running.awake) return this.#wake(name, running);
    running.awake = false;
    await this.#calls.fallAsleep(name);
    if (how === 'suspend') this.#clocks.sleep(name);
    this.#calls.note(how === 'suspend' ? `the machine of ${name} sleeps` : `${name} freezes`);
  }

  #wake(name: string, running: Running): void {
    if (running.awake) return;
    running.awake = true;
    this.#clocks.wake(name);
    this.#calls.note(`${name} goes on`);
  }

  #failOver(): void {
    this.#world.source.failOver();
    this.#calls.note('the source fails over');
  }

  /** The lake is copied to another place, where other processes continue it. */
  async #move(): Promise<void> {
    for (const name of this.#running.keys()) this.#kill(name);
    this.#calls.forgetLate();
    const from = this.#store;
    this.#store = this.#newStore();
    await from.copyTo(this.#store);
    this.#calls.note('the lake is copied, and the copy takes its place');
    this.#startAll();
  }

  #newStore(): JudgedStore {
    return new JudgedStore(this.#clocks.storeNow, this.#world.judge, this.wrongs);
  }
}
