import type { SweepPolicy } from '../../lake/retention/sweep-policy.ts';
import type { Random } from '../world/random.ts';
import { JudgedStore } from './judged-store.ts';
import { LakeJudge } from './lake-judge.ts';
import { policyOf } from './mix.ts';
import { ModelWarehouse } from './model-warehouse.ts';
import { SimulatedClocks } from './simulated-clocks.ts';
import { SimulatedSource } from './simulated-source.ts';

/** What is there without any process: source, objects, disks of warehouses, time. */
interface Parts {
  readonly source: SimulatedSource;
  readonly clocks: SimulatedClocks;
  readonly policy: SweepPolicy;
  readonly judge: LakeJudge;
  readonly store: JudgedStore;
  readonly warehouses: ReadonlyMap<string, ModelWarehouse>;
  readonly started: number;
}

/** A source and its lake, and all that outlives the processes that work with them. */
export class SimulatedLake {
  readonly source: SimulatedSource;
  readonly clocks: SimulatedClocks;
  readonly policy: SweepPolicy;
  readonly judge: LakeJudge;
  store: JudgedStore;
  readonly #warehouses: Map<string, ModelWarehouse>;
  readonly #random: Random;
  #started: number;

  private constructor(random: Random, { source, clocks, policy, judge, store, warehouses, started }: Parts) {
    this.#random = random;
    this.source = source;
    this.clocks = clocks;
    this.policy = policy;
    this.judge = judge;
    this.store = store;
    this.#warehouses = new Map(warehouses);
    this.#started = started;
  }

  /** A lake without any object. `wrongs`: where the judge writes. */
  static empty(random: Random, wrongs: string[]): SimulatedLake {
    const [source, clocks, policy] = [new SimulatedSource(random), new SimulatedClocks(random), policyOf(random)];
    const judge = new LakeJudge(source, policy, wrongs);
    const store = new JudgedStore(clocks.storeNow, judge, wrongs);
    return new SimulatedLake(random, { source, clocks, policy, judge, store, warehouses: new Map(), started: 0 });
  }

  /** The same for other processes, when all its own have ended. */
  copy(random: Random, wrongs: string[]): SimulatedLake {
    const [source, clocks] = [this.source.copy(random), this.clocks.copy(random)];
    const judge = this.judge.copy(source, wrongs);
    const store = this.store.copy(clocks.storeNow, judge, wrongs);
    const warehouses = new Map([...this.#warehouses].map(([id, warehouse]) => [id, warehouse.copy()]));
    return new SimulatedLake(random, { source, clocks, policy: this.policy, judge, store, warehouses, started: this.#started });
  }

  /** The objects are copied to another place, which takes the place of the lake. */
  move(wrongs: string[]): void {
    const from = this.store;
    this.store = new JudgedStore(this.clocks.storeNow, this.judge, wrongs);
    from.copyTo(this.store);
  }

  /** A name that no process had. */
  nameOf(role: string): string {
    this.#started += 1;
    return `${role}${this.#started}`;
  }

  warehouse(id: string): ModelWarehouse {
    const known = this.#warehouses.get(id) ?? new ModelWarehouse(id);
    this.#warehouses.set(id, known);
    return known;
  }

  /**
   * Somebody changes a table by hand that others read; returns what happened, for the trace. Where
   * bases need no proof nobody would notice.
   */
  changeByHand(): string {
    const live = [...this.#warehouses.values()].flatMap((warehouse) =>
      [...warehouse.generations.values()].flatMap(({ state, storage }) => (state === 'live' ? [{ warehouse, storage }] : [])),
    );
    if (live.length === 0 || this.policy.baseProof === 'none') return 'nobody changes a row';
    const { warehouse, storage } = this.#random.pick(live);
    warehouse.changeByHand(storage);
    return `somebody adds a row to ${storage} in ${warehouse.id}`;
  }
}
