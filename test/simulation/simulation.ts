import { Random } from '../world/random.ts';
import { Calls } from './calls.ts';
import { JudgedStore } from './judged-store.ts';
import { ProcessStore } from './process-store.ts';
import { SimulatedClocks } from './simulated-clocks.ts';
import type { Role } from './simulated-process.ts';

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

type Event = 'call' | 'time' | 'step' | 'kill' | 'freeze' | 'take over' | 'move';

const EVENTS: readonly (readonly [weight: number, event: Event])[] = [
  [900, 'call'],
  [40, 'time'],
  [15, 'step'],
  [15, 'kill'],
  [15, 'freeze'],
  [12, 'take over'],
  [3, 'move'],
];

const STEPS = 400;
/** Calls after the last fault, within which everything must go on. */
const CALLS_TO_RECOVER = 600;

/**
 * Plays one schedule: roles that share a lake, whose calls end in an order that the seed decides,
 * with crashes, frozen processes, lost answers, lagging lists, clocks that step, and a lake that is
 * copied elsewhere.
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
  readonly #roles: Roles;
  readonly #calls: Calls;
  readonly #clocks: SimulatedClocks;
  readonly #running = new Map<string, Running>();
  #store: JudgedStore;
  #started = 0;

  constructor(seed: number, roles: Roles) {
    this.#random = new Random(seed);
    this.#roles = roles;
    this.#calls = new Calls(this.#random);
    this.#clocks = new SimulatedClocks(this.#random);
    this.#store = this.#newStore();
    this.#startAll();
  }

  get trace(): readonly string[] {
    return this.#calls.trace;
  }

  async step(): Promise<void> {
    const event = this.#random.weighted(EVENTS);
    const [name, running] = this.#random.pick([...this.#running]);
    if (event === 'call') await this.#endOne(true);
    else if (event === 'time') this.#calls.note(this.#clocks.pass());
    else if (event === 'step') this.#calls.note(this.#clocks.step(this.#random.chance(0.3) ? 'store' : name));
    else if (event === 'kill') this.#replace(name, running.role);
    else if (event === 'freeze') this.#toggle(name, running);
    else if (event === 'take over') this.#start(running.role);
    else await this.#move();
  }

  /** The faults end. From then on the lake has to grow. */
  async recover(): Promise<void> {
    this.#calls.note('all faults end');
    for (const running of this.#running.values()) running.awake = true;
    const before = this.#store.manifests;
    for (let call = 0; call < CALLS_TO_RECOVER; call += 1) await this.#endOne(false);
    if (this.#store.manifests === before) this.wrongs.push(`no manifest was stored in ${CALLS_TO_RECOVER} calls after the last fault`);
  }

  async #endOne(faulty: boolean): Promise<void> {
    await this.#calls.endOne((process) => this.#running.get(process)?.awake === true, faulty);
  }

  #startAll(): void {
    for (const role of Object.keys(this.#roles)) this.#start(role);
  }

  #start(role: string): void {
    this.#started += 1;
    const [name, random, calls] = [`${role}${this.#started}`, this.#random, this.#calls];
    this.#running.set(name, { role, awake: true });
    this.#calls.note(`${name} starts`);
    const store = new ProcessStore(this.#store, { calls, process: name, random });
    const wrong = (what: string): void => void this.wrongs.push(`${name}: ${what}`);
    const work = this.#roles[role]?.({ name, store, time: this.#clocks.of(name), random, calls, wrong });
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

  #toggle(name: string, running: Running): void {
    running.awake = !running.awake;
    this.#calls.note(running.awake ? `${name} goes on` : `${name} freezes`);
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
    return new JudgedStore(this.#clocks.storeNow, this.wrongs);
  }
}
