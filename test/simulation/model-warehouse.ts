import type { Engine } from '../../warehouse/engine.ts';
import { NO_FRONT } from '../../compactor/state/front.ts';
import type { Front } from '../../compactor/state/front.ts';
import { compareGenerations, generationKey } from '../../compactor/state/generation.ts';
import type { Generation } from '../../compactor/state/generation.ts';
import type { CompactorContext } from '../../compactor/context.ts';
import { contentText, mergeChanges } from './model-rows.ts';
import type { Change, ModelRows } from './model-rows.ts';
import { taken } from './server-owner.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** What of a compactor's context speaks to no engine, or only to the model of one. */
export type ReaderContext = Pick<
  CompactorContext,
  | 'baseProof'
  | 'bases'
  | 'engine'
  | 'history'
  | 'home'
  | 'log'
  | 'manifests'
  | 'readsOnly'
  | 'retired'
  | 'schemas'
  | 'state'
  | 'store'
  | 'until'
>;

/** What a warehouse has on its disk. It outlives its processes. */
export class ModelWarehouse {
  readonly id: string;
  readonly generations = new Map<string, Generation>();
  readonly storages = new Map<string, ModelRows>();
  readonly facts = new Map<string, string>();
  /** Storages in which somebody has changed a row by hand. */
  readonly changedByHand = new Set<string>();
  /** Events that it has taken from the catalog parts of batches, in order. */
  events: readonly string[] = [];
  front: Front = NO_FRONT;
  /** The lease that a server obeys; 0: it is embedded, or nobody has owned it. */
  lease = 0;
  /** Name of the process that has this lease. */
  owner = '';

  constructor(id: string) {
    this.id = id;
  }

  /** Another disk with the same content. */
  copy(): ModelWarehouse {
    const copied = new ModelWarehouse(this.id);
    for (const [key, generation] of this.generations) copied.generations.set(key, generation);
    for (const [storage, rows] of this.storages) copied.storages.set(storage, new Map(rows));
    for (const [key, value] of this.facts) copied.facts.set(key, value);
    for (const storage of this.changedByHand) copied.changedByHand.add(storage);
    copied.events = this.events;
    copied.front = this.front;
    copied.lease = this.lease;
    return copied;
  }

  /**
   * Somebody adds a row by hand, one that the source never changes: a verification cannot find
   * another one, once a change of the source has come over it.
   */
  changeByHand(storage: string): void {
    this.storages.get(storage)?.set(0, { version: Number.MAX_SAFE_INTEGER, value: 'by hand' });
    this.changedByHand.add(storage);
  }
}

/**
 * The state of a warehouse as a compactor has it in memory, in place of
 * compactor/state/warehouse-state.ts. Each save is a call to the engine.
 */
export class ModelState {
  readonly warehouse: ModelWarehouse;
  readonly #process: SimulatedProcess;
  readonly #generations: Map<string, Generation>;
  readonly #facts: Map<string, string>;
  readonly #lease: number;
  front: Front;

  /** `lease`: what a server knows statements of this process by; 0: the warehouse is embedded. */
  constructor(warehouse: ModelWarehouse, process: SimulatedProcess, lease: number) {
    this.#lease = lease;
    this.warehouse = warehouse;
    this.#process = process;
    this.#generations = new Map(warehouse.generations);
    this.#facts = new Map(warehouse.facts);
    this.front = warehouse.front;
  }

  get rebuild(): number {
    return Number(this.fact('rebuild') ?? 0);
  }

  fact(key: string): string | null {
    return this.#facts.get(key) ?? null;
  }

  /** Oldest first. */
  generations(): readonly Generation[] {
    return [...this.#generations.values()].toSorted(compareGenerations);
  }

  async saveFact(key: string, value: string): Promise<void> {
    await this.#exec(`save ${key}`, () => void this.warehouse.facts.set(key, value));
    this.#facts.set(key, value);
  }

  async save(...generations: readonly Generation[]): Promise<void> {
    if (generations.length === 0) return;
    const what = generations.map((one) => `${one.storage === '' ? one.tableId : one.storage} ${one.state}`).join(', ');
    await this.#exec(`save ${what}`, () => {
      for (const one of generations) this.warehouse.generations.set(generationKey(one), one);
    });
    for (const one of generations) this.#generations.set(generationKey(one), one);
  }

  /** `told`: what the judge looks at, at the moment at which the front is stored. */
  async saveFront(value: Front, told: () => void): Promise<void> {
    await this.#exec(`save front ${value.manifest}`, () => {
      this.warehouse.front = value;
      told();
    });
    this.front = value;
  }

  async saveEvents(events: readonly string[]): Promise<void> {
    if (events.length > 0)
      await this.#exec(`save ${events.join()}`, () => void (this.warehouse.events = [...new Set([...this.warehouse.events, ...events])]));
  }

  async merge(storage: string, changes: readonly Change[]): Promise<void> {
    await this.#exec(`merge into ${storage}`, () => {
      const rows: ModelRows = this.warehouse.storages.get(storage) ?? new Map();
      mergeChanges(rows, changes);
      this.warehouse.storages.set(storage, rows);
    });
  }

  rows(storage: string): ModelRows {
    return this.warehouse.storages.get(storage) ?? new Map();
  }

  content(storage: string): string {
    return contentText(this.rows(storage));
  }

  /** What of the product's context knows no rows, over this state. */
  get context(): Pick<CompactorContext, 'engine' | 'state'> {
    const exec = async (): Promise<void> => this.#exec('drop a storage', () => undefined);
    const engine = { exec, query: async () => [], traits: {} } as unknown as Engine;
    return { engine, state: this as unknown as CompactorContext['state'] };
  }

  /** Asks a server whether it still obeys the lease. */
  async check(): Promise<void> {
    if (this.#lease > 0) await this.#exec('check the fence', () => undefined);
  }

  /**
   * A statement that cannot contain the fence: a server is asked before it, and does it also for a
   * process that was frozen in between and has lost the lease.
   */
  async checked<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#lease === 0) return work();
    await this.check();
    const { calls, name } = this.#process;
    return calls.make(name, `engine: ${what}`, work);
  }

  async #exec(what: string, work: () => void): Promise<void> {
    const { calls, name } = this.#process;
    const isOurs = await calls.make(name, `engine: ${what}`, () => {
      if (this.warehouse.lease !== this.#lease) return false;
      work();
      return true;
    });
    if (!isOurs) throw taken();
  }
}
