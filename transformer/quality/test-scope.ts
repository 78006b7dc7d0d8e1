import { withHistories } from '../../core/table-state.ts';
import { describeError, isAway } from '../../core/errors.ts';
import type { TakenFreeze } from '../../lake/held-freeze.ts';
import { getPosition } from '../../lake/readers.ts';
import type { Position } from '../../lake/readers.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, qualifiedCh, quoteCh, warehouseDatabase } from '../../warehouse/names.ts';
import { renameDatabases } from '../../warehouse/select/select-tables.ts';
import { idOf } from '../folder/databases.ts';
import type { Model } from '../folder/model.ts';
import type { ModelRecord } from '../state/model-record.ts';
import { TestFreeze } from './test-freeze.ts';
import type { TestPlace } from './test-freeze.ts';

/** Marks databases of tests. */
const COMMENT = 'models for tests, kept by tailrace';

interface Table {
  readonly database: string;
  readonly name: string;
}

/** What the tables of a scope are made from. */
export interface ScopeOrder {
  /** All models of the folder, in topological order. */
  readonly models: readonly Model[];
  readonly records: ReadonlyMap<string, ModelRecord>;
  /** Tables that the tests read: models, tables of the source, and others. */
  readonly reads: readonly Table[];
  /** Models are read as they are shown, also where their inputs changed since. */
  readonly asShown: boolean;
  /** Settings of the statements that build models. */
  readonly settings: string;
}

/** Tables of the source and models at one freeze, in databases of their own. */
export class TestScope implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #order: ScopeOrder;
  readonly #freeze: TestFreeze;
  readonly #position: Position | null;
  readonly #models: readonly Model[];
  readonly #made = new Set<string>();
  /** Models that can be read. */
  readonly #there = new Set<string>();
  /** Models whose rows are those that readers see. */
  readonly #current = new Set<string>();
  readonly #faults = new Map<string, string>();

  /** Errors: those of `takeFreeze`. A model that cannot be built is a fault of its readers. */
  static async open(engine: Engine, place: TestPlace, order: ScopeOrder): Promise<TestScope> {
    await dropLeftDatabases(engine);
    const position = await getPosition(place.store, place.warehouseId);
    const models = neededModels(order);
    const known = new Set(withHistories(position?.tables ?? []).map(({ table }) => table));
    const tables = [...order.reads, ...models.flatMap((model) => model.tables)].map(idOf).filter((id) => known.has(id));
    const freeze = await TestFreeze.take(place, tables.length === 0 ? null : [...new Set(tables)].toSorted());
    const scope = new TestScope(engine, order, { freeze, models, position: await getPosition(place.store, place.warehouseId) });
    try {
      for (const model of models) await scope.#show(model);
      return scope;
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    engine: Engine,
    order: ScopeOrder,
    of: { readonly freeze: TestFreeze; readonly models: readonly Model[]; readonly position: Position | null },
  ) {
    this.#engine = engine;
    this.#order = order;
    this.#freeze = of.freeze;
    this.#models = of.models;
    this.#position = of.position;
  }

  get freeze(): TakenFreeze {
    return this.#freeze.taken;
  }

  /** Why a test of these tables can say nothing; null: it can. */
  faultOf(tables: readonly Table[]): string | null {
    for (const table of tables) {
      const id = idOf(table);
      const fault = this.#faults.get(id);
      if (fault !== undefined) return fault;
      const out = this.freeze.leftOut.find((one) => one.table === id);
      if (out !== undefined) return `TABLE_NOT_LIVE: ${id} is ${out.state}`;
    }
    return null;
  }

  /**
   * The SELECT as it reads this scope. Tables that are neither models nor frozen are read as they
   * are.
   */
  rename(select: string, tables: readonly Table[]): string {
    return renameDatabases(select, tables, (table) => {
      const id = idOf(table);
      return this.#there.has(id) || this.freeze.tables.includes(id) ? this.#databaseOf(table.database) : table.database;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const database of this.#made) await this.#engine.exec(sql('drop-test-database', { database: quoteCh(database) }));
    } finally {
      await this.#freeze[Symbol.asyncDispose]();
    }
  }

  async #show(model: Model): Promise<void> {
    const { id, database, name, kind, tables, select } = model;
    const record = this.#order.records.get(id);
    const shown = record?.gone === false ? record.shown : null;
    const isCurrent = shown !== null && record !== undefined && this.#isCurrent(model, record);
    if (shown === null && this.#order.asShown) return void this.#faults.set(id, `${id} was never published`);
    const fault = kind === 'view' || !isCurrent ? this.faultOf(tables) : null;
    if (fault !== null) return void this.#faults.set(id, fault);
    const place = qualifiedCh(this.#databaseOf(database), name);
    const own = this.rename(select, tables);
    try {
      await this.#createDatabase(this.#databaseOf(database));
      if (kind === 'view') await this.#engine.exec(sql('test-view', { view: place, select: own }));
      else if (isCurrent && shown !== null) await this.#engine.exec(sql('test-view', { view: place, select: shown.select }));
      else await this.#engine.exec(sql('build-for-tests', { table: place, select: own, settings: this.#order.settings }));
      this.#there.add(id);
      if (isCurrent) this.#current.add(id);
    } catch (error) {
      if (isAway(error)) throw error;
      this.#faults.set(id, describeError(error));
    }
  }

  /** Whether the rows that readers see are those that the model has at the freeze. */
  #isCurrent({ hash, cron, inputs, kind }: Model, { shown, last, sources }: ModelRecord): boolean {
    if (shown === null) return false;
    if (this.#order.asShown) return true;
    if (shown.hash !== hash || !['published', 'unchanged'].includes(last.status)) return false;
    const byId = this.#order.records;
    const readsCurrent = this.#models.filter(({ id }) => inputs.includes(id)).every(({ id }) => this.#current.has(id));
    if (!readsCurrent) return false;
    if (cron !== null || kind === 'view') return true;
    if (!shown.models.every(({ model, built }) => byId.get(model)?.shown?.built === built)) return false;
    const isSame = ({ table, generation }: { table: string; generation: string }): boolean =>
      this.freeze.inputs?.find((input) => input.table === table)?.generation === generation;
    if (!shown.tables.every(isSame)) return false;
    const changed = new Map(withHistories(this.#position?.tables ?? []).map((one) => [one.table, one.changed]));
    return sources.every((table) => (changed.get(table) ?? Number.POSITIVE_INFINITY) <= shown.manifest);
  }

  #databaseOf(database: string): string {
    return warehouseDatabase(`${this.freeze.name}_${database}`);
  }

  async #createDatabase(database: string): Promise<void> {
    if (this.#made.has(database)) return;
    this.#made.add(database);
    await this.#engine.exec(sql('create-test-database', { database: quoteCh(database), comment: COMMENT }));
  }
}

/** The models that are read, also through others, in topological order. */
function neededModels({ models, reads }: ScopeOrder): Model[] {
  const needed = new Set(reads.map(idOf));
  for (const model of models.toReversed()) if (needed.has(model.id)) for (const input of model.inputs) needed.add(input);
  return models.filter(({ id }) => needed.has(id));
}

/** What tests that were killed have left. */
async function dropLeftDatabases(engine: Engine): Promise<void> {
  const left = await engine.query<{ database: string }>(sql('left-test-databases', { comment: literalCh(COMMENT) }));
  for (const { database } of left) await engine.exec(sql('drop-test-database', { database: quoteCh(database) }));
}
