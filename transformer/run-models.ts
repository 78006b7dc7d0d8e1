import { TailraceError, isAway } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { hideValues } from '../core/hide-values.ts';
import type { Log } from '../core/log.ts';
import { elapsed, isoTime, wall } from '../core/time.ts';
import type { TakenFreeze } from '../lake/held-freeze.ts';
import type { Engine } from '../warehouse/engine.ts';
import { specialFunctions } from '../warehouse/select/select-columns.ts';
import { renameDatabases } from '../warehouse/select/select-tables.ts';
import { contentOf } from './build/content.ts';
import { ModelBuilder } from './build/model-builder.ts';
import type { Built, RunScope } from './build/model-builder.ts';
import { readsOf } from './build/reads.ts';
import { RunViews } from './build/run-views.ts';
import { checkPlace } from './build/shown-views.ts';
import type { Model } from './folder/model.ts';
import { duplicateKeys, testsOf } from './quality/model-tests.ts';
import type { BoundTest } from './quality/model-tests.ts';
import { noteQuality } from './quality/note-quality.ts';
import { runTests } from './quality/run-tests.ts';
import { askedOf } from './state/asked-text.ts';
import type { ModelRecord, RunRow, ShownModel } from './state/model-record.ts';
import type { TransformState } from './state/transform-state.ts';
import type { Freezes } from './run-freezes.ts';
import { readAsShown, tablesOf } from './run-inputs.ts';
import { freezeOfRun, publish } from './run-recovery.ts';
import { errorOf, isHeldBack, skipped, testError } from './run-outcome.ts';
import type { ModelOutcome, RunOutcome } from './run-outcome.ts';

/** What a run works with. */
export interface RunContext {
  readonly engine: Engine;
  readonly freezes: Freezes;
  readonly log: Log;
  /** Memory of one statement, in bytes. */
  readonly memoryBytes: number;
  readonly signal: AbortSignal;
}

/** What a run is to do. */
export interface RunOrder {
  /** All models of the folder, in topological order. */
  readonly models: readonly Model[];
  /** Ids of those that are built; each model that they read is among them or is taken as shown. */
  readonly taken: ReadonlySet<string>;
  /** Why the run begins, for tailrace.runs. */
  readonly trigger: string;
  readonly full: boolean;
  readonly compare: boolean;
}

/**
 * One run: a freeze, the builds, their tests, and then all views at once. Nothing of it is visible
 * before that. A model that fails keeps back itself and what reads it.
 * Errors: those of `takeFreeze`, and WAREHOUSE_UNAVAILABLE; the next run forgets what this one
 * left.
 */
export async function runModels(context: RunContext, state: TransformState, order: RunOrder): Promise<RunOutcome> {
  return new Run(context, state, order).work();
}

class Run {
  readonly #context: RunContext;
  readonly #state: TransformState;
  readonly #order: RunOrder;
  readonly #byId: ReadonlyMap<string, Model>;
  readonly #run: number;
  /** Built in this run, and perhaps not tested yet. */
  readonly #built = new Map<string, Built & { readonly whole: Built | null }>();
  readonly #done = new Map<string, ModelOutcome>();
  readonly #times = new Map<string, { readonly startedAt: string; readonly spentMs: number; readonly began: number }>();

  constructor(context: RunContext, state: TransformState, order: RunOrder) {
    this.#context = context;
    this.#state = state;
    this.#order = order;
    this.#byId = new Map(order.models.map((model) => [model.id, model]));
    this.#run = state.run.run + 1;
  }

  async work(): Promise<RunOutcome> {
    const taken = this.#order.models.filter(({ id }) => this.#order.taken.has(id));
    const name = freezeOfRun(this.#run);
    const startedAt = isoTime(wall());
    // Without a compactor there is no freeze, and then no run has begun.
    const freeze = await this.#freeze(name, tablesOf(taken, this.#order.models));
    const rows = taken.map((model) => this.#row(model.id, { ...freeze, startedAt }));
    await this.#state.saveRun({ run: this.#run, state: 'building', records: [], rows });
    await this.#state.saveRows(rows);
    const scope = await this.#scope(freeze);
    await this.#showAsShown(scope, taken);
    for (const [index, model] of taken.entries()) await this.#timed(model, () => this.#build(scope, model, index));
    // A test may read a model that is built after its own.
    for (const model of taken) if (!this.#done.has(model.id)) await this.#timed(model, () => this.#test(scope, model));
    for (const { id } of taken) this.#log(this.#done.get(id));
    await this.#finish(freeze);
    const models = [...this.#done.values()].map((outcome) => {
      const last = this.#state.records.get(outcome.model)?.last;
      // The engine may have refused its view at the end.
      return last?.run === this.#run && last.status === 'failed' ? { ...outcome, status: last.status, error: last.error } : outcome;
    });
    return { run: this.#run, lsn: freeze.lsn, asOf: freeze.asOf, models };
  }

  /**
   * When none of the tables can be read, the freeze is empty, and each model says what it misses.
   */
  async #freeze(name: string, tables: readonly string[]): Promise<TakenFreeze> {
    try {
      return await this.#context.freezes.take(name, tables.length === 0 ? null : tables);
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'TABLE_NOT_LIVE') throw error;
      return { name, lsn: '0/0', asOf: null, manifest: 0, version: '0', databases: [], tables: [], leftOut: [], inputs: [] };
    }
  }

  async #scope(freeze: TakenFreeze): Promise<RunScope> {
    const { engine, memoryBytes } = this.#context;
    const { changing } = await specialFunctions(engine);
    const spill = Math.floor(memoryBytes / 3);
    return {
      engine,
      run: this.#run,
      freeze,
      views: new RunViews(engine, freeze.name),
      models: this.#byId,
      unrepeatable: changing,
      settings: `join_use_nulls = 1, max_bytes_before_external_group_by = ${spill}, max_bytes_before_external_sort = ${spill}`,
      shownOf: (model) => this.#built.get(model)?.shown ?? this.#state.records.get(model)?.shown ?? null,
    };
  }

  async #showAsShown(scope: RunScope, taken: readonly Model[]): Promise<void> {
    for (const model of readAsShown(taken, this.#order.models)) {
      const shown = this.#state.records.get(model.id)?.shown;
      if (!shown) continue;
      const select = model.kind === 'view' ? new ModelBuilder(scope, model, 0).select() : shown.select;
      await scope.views.show(scope.views.databaseOf(model.database), model.name, select);
    }
  }

  /** Counts the time of a part of the work on a model. */
  async #timed(model: Model, work: () => Promise<void>): Promise<void> {
    const { startedAt, spentMs } = this.#times.get(model.id) ?? { startedAt: isoTime(wall()), spentMs: 0 };
    const began = elapsed();
    this.#times.set(model.id, { startedAt, spentMs, began });
    await work();
    this.#times.set(model.id, { startedAt, spentMs: spentMs + elapsed() - began, began });
  }

  async #build(scope: RunScope, model: Model, index: number): Promise<void> {
    const { engine, signal } = this.#context;
    signal.throwIfAborted();
    const held = model.inputs.find((input) => isHeldBack(this.#done.get(input)));
    if (held !== undefined) return this.#end(scope, model, skipped(held));
    try {
      await checkPlace(engine, model);
      const builder = new ModelBuilder(scope, model, index);
      const record = this.#recordOf(model.id);
      const built = await builder.build(record, { whole: this.#order.full });
      if (built.why !== null) this.#context.log.debug({ model: model.id, why: built.why }, 'built whole');
      const compared = this.#order.compare && model.kind === 'incremental';
      const whole = compared ? await builder.build(record, { whole: true, suffix: '_whole' }) : null;
      await scope.views.show(
        scope.views.databaseOf(model.database),
        model.name,
        model.kind === 'view' ? builder.select() : built.shown.select,
      );
      failpoint('model-built');
      this.#built.set(model.id, { ...built, whole });
    } catch (error) {
      if (isAway(error) || signal.aborted) throw error;
      this.#end(scope, model, { status: 'failed', error: errorOf(error) });
    }
  }

  async #test(scope: RunScope, model: Model): Promise<void> {
    const { engine, signal } = this.#context;
    signal.throwIfAborted();
    const built = this.#built.get(model.id);
    const held = model.inputs.find((input) => isHeldBack(this.#done.get(input)));
    if (held !== undefined || built === undefined) return this.#end(scope, model, skipped(held ?? model.id));
    try {
      const outcomes = await runTests(engine, boundTests(model, built), this.#renamed(scope, model));
      await noteQuality(engine, this.#run, outcomes, scope.freeze);
      const mode = built.mode === 'unchanged' ? usualMode(model) : built.mode;
      const part = { mode, rows: built.shown.rows, touched: built.touched, outcomes };
      const failed = outcomes.find(({ ok, severity }) => !ok && severity === 'error');
      if (failed !== undefined) return this.#end(scope, model, { ...part, status: 'failed', error: testError(failed) });
      if (built.whole !== null) {
        const equal = (await contentOf(engine, built.whole.shown.storage ?? '')) === (await contentOf(engine, built.shown.storage ?? ''));
        const error = equal ? null : { code: 'MODEL_DIFFERS', message: `${model.id} differs from its whole build` };
        return this.#end(scope, model, { ...part, status: equal ? 'unchanged' : 'failed', error, compared: equal ? 'equal' : 'different' });
      }
      const before = this.#recordOf(model.id)?.shown;
      const still =
        built.mode === 'unchanged' || (built.mode === 'view' && before?.kind === 'view' && before.select === built.shown.select);
      this.#end(scope, model, { ...part, status: still ? 'unchanged' : 'published' }, built.shown);
    } catch (error) {
      if (isAway(error) || signal.aborted) throw error;
      this.#end(scope, model, { status: 'failed', error: errorOf(error) });
    }
  }

  /** `shown`: what it shows from now on; by default what it showed before. */
  #end(scope: RunScope, model: Model, part: Partial<ModelOutcome> & Pick<ModelOutcome, 'status'>, shown?: ShownModel): void {
    const outcome = { mode: usualMode(model), rows: null, touched: null, outcomes: [], error: null, compared: null, ...part };
    const { startedAt, spentMs, began } = this.#times.get(model.id) ?? { startedAt: '', spentMs: 0, began: elapsed() };
    const whole = { ...outcome, startedAt, durationMs: spentMs + elapsed() - began };
    const record = this.#record(scope, model, whole);
    this.#done.set(model.id, { ...whole, model: model.id, record: shown === undefined ? record : { ...record, shown } });
  }

  #log(outcome: ModelOutcome | undefined): void {
    if (outcome === undefined) return;
    const { model, status, mode, durationMs, error } = outcome;
    const facts = { run: this.#run, model, status, mode, durationMs: Math.round(durationMs) };
    if (error === null) this.#context.log.info(facts, 'model built');
    else this.#context.log.warn({ ...facts, code: error.code, error: hideValues(error.message) }, 'model not published');
  }

  /** Where a model stood before the run; null: it is new. */
  #recordOf(id: string): ModelRecord | null {
    const record = this.#state.records.get(id);
    return record === undefined || record.gone ? null : record;
  }

  #renamed(scope: RunScope, model: Model): (select: string) => string {
    const tables = [{ database: model.database, name: model.name }, ...testsOf(model).flatMap(({ reads }) => reads)];
    return (select) => renameDatabases(select, tables, ({ database }) => scope.views.databaseOf(database));
  }

  #record(scope: RunScope, model: Model, outcome: Omit<ModelOutcome, 'record' | 'model'>): ModelRecord {
    const failing = outcome.outcomes.filter(({ ok }) => !ok).map(({ test, severity, failures }) => ({ test, severity, failures }));
    const { status, startedAt, durationMs, error } = outcome;
    return {
      ...this.#state.records.get(model.id),
      model: model.id,
      database: model.database,
      name: model.name,
      inputs: model.inputs,
      sources: readsOf(model, this.#byId).sources,
      shown: this.#recordOf(model.id)?.shown ?? null,
      last: { run: this.#run, status, startedAt, durationMs, manifest: scope.freeze.manifest, asked: askedOf(model), error, failing },
      gone: false,
    };
  }

  /** From `tested` on a restart finishes the run. */
  async #finish(freeze: TakenFreeze): Promise<void> {
    const { engine } = this.#context;
    const outcomes = [...this.#done.values()];
    const rows = outcomes.map((outcome) => this.#row(outcome.model, { ...freeze, ...outcome }, outcome));
    if (this.#order.compare) {
      await this.#state.saveRows(rows);
      return this.#state.saveRun({ ...this.#state.run, state: 'published', records: [], rows: [] });
    }
    const records = outcomes.map(({ record }) => record);
    await this.#state.saveRun({ ...this.#state.run, state: 'tested', records, rows });
    failpoint('run-tested');
    await publish(engine, this.#state);
  }

  #row(model: string, at: { startedAt: string; lsn: string; asOf: string | null }, outcome?: ModelOutcome): RunRow {
    const bad = outcome?.outcomes.filter(({ ok }) => !ok) ?? [];
    return {
      run: this.#run,
      model,
      trigger: this.#order.trigger,
      mode: outcome?.mode ?? usualMode(this.#byId.get(model)),
      status: outcome === undefined ? 'running' : isHeldBack(outcome) ? 'failed' : 'published',
      lsn: at.lsn,
      asOf: at.asOf,
      startedAt: at.startedAt,
      durationMs: outcome?.durationMs ?? 0,
      rows: outcome?.rows ?? null,
      touched: outcome?.touched ?? null,
      tests: outcome?.outcomes.length ?? 0,
      failures: bad.length,
      error: outcome?.error ?? null,
    };
  }
}

function usualMode(model: Model | undefined): ModelOutcome['mode'] {
  return model === undefined || model.kind === 'table' ? 'full' : model.kind;
}

/** Its rows were counted against its keys, so a test has nothing to find. */
const COUNTED = 'SELECT 1 AS one WHERE false';

/**
 * The test of an incremental model's key sees rows before those of one key are folded. Where the
 * build has counted that every key is unique, it does not group all rows again.
 */
function boundTests(model: Model, { duplicates }: Built): BoundTest[] {
  const [first, ...others] = testsOf(model);
  if (first === undefined || model.kind !== 'incremental') return testsOf(model);
  return [{ ...first, select: duplicates === null ? COUNTED : duplicateKeys(`(${duplicates})`, model.key) }, ...others];
}
