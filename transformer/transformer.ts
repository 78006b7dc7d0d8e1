import { withHistories } from '../core/table-state.ts';
import type { BuilderHold } from '../core/builder-hold.ts';
import { TailraceError, withoutCode } from '../core/errors.ts';
import { runLoop, working } from '../core/loop.ts';
import { hasCome } from '../core/cron-time.ts';
import { elapsed, isoTime, wall } from '../core/time.ts';
import { hideValues } from '../core/hide-values.ts';
import { putModels } from '../lake/models-report.ts';
import { getPosition } from '../lake/readers.ts';
import type { Position } from '../lake/readers.ts';
import { Attention } from '../lake/store/attention.ts';
import { storeChanges } from '../lake/store/store-changes.ts';
import type { Engine } from '../warehouse/engine.ts';
import { readsOf } from './build/reads.ts';
import { ScheduledExports } from './export/scheduled-exports.ts';
import { LiveFolder } from './folder/live-folder.ts';
import type { Folder, Model } from './folder/model.ts';
import { holdBuilder } from './hold-builder.ts';
import type { TransformerOptions } from './transformer-options.ts';
import { readModels } from './read-models.ts';
import { ScheduledTests } from './quality/scheduled-tests.ts';
import { Freezes } from './run-freezes.ts';
import { recover } from './run-recovery.ts';
import { askedOf } from './state/asked-text.ts';
import { whyDue } from './state/due.ts';
import type { ModelRecord } from './state/model-record.ts';
import { OldStorages } from './state/old-storages.ts';
import { reportedModel } from './state/model-report.ts';
import { TransformState } from './state/transform-state.ts';
import { keptFreezes, turn } from './turn.ts';

/** Longest pause between looks at a quiet lake on S3, where each look costs money. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * Builds what is due whenever inputs changed or a time has come, until the signal is aborted. Only
 * one of a warehouse does: a second waits. While the compactor does not run, it waits too. `ready`:
 * called once, when the folder is read and the last run is recovered.
 * Errors: BAD_MODEL at the start; later the last good set stays.
 */
export async function runTransformer(options: TransformerOptions, ready: () => void): Promise<void> {
  let told = false;
  await runLoop({
    name: 'transform',
    signal: options.signal,
    log: options.log,
    attempt: (progress) =>
      work(options, !told, () => {
        progress();
        if (!told) ready();
        told = true;
      }).catch((error: unknown) => Promise.reject(asAway(error))),
  });
}

async function work(options: TransformerOptions, atStart: boolean, ready: () => void): Promise<void> {
  const { store, warehouseId, signal, log, onAsked, exports: plans = [], s3PathStyle = false } = options;
  await using engine = await options.openBuilder();
  await using role = await holdRole(options, engine);
  const ended = new AbortController();
  const scope = AbortSignal.any([signal, role.lost, ended.signal]);
  await using freezes = new Freezes({ store, warehouseId, signal: scope, onAsked }, log);
  const asking = { signal: scope, onAsked };
  const openBuilder = (): Promise<Engine> => options.openBuilder();
  const models = async (): Promise<readonly Model[]> => (await readModels(options, engine, false)).models;
  const exports = new ScheduledExports({ plans, openBuilder, store, warehouseId, s3PathStyle, asking, models, log });
  const { memoryBytes, reconcile = null } = options;
  const tests = new ScheduledTests({ openBuilder, store, warehouseId, memoryBytes, reconcile, log, ...asking });
  try {
    const transformer = new Transformer(options, { engine, freezes, exports, tests, signal: scope });
    await transformer.start(atStart);
    ready();
    const attention = new Attention(LONGEST_PAUSE_MS, elapsed());
    options.onMoved?.(() => attention.called());
    for await (const _change of storeChanges(store, `readers/${warehouseId}/`, scope, attention))
      if (await transformer.look()) attention.happened(elapsed());
  } finally {
    ended.abort();
    await Promise.all([exports.close(), tests.close()]);
  }
  if (!signal.aborted) throw new TailraceError('WAREHOUSE_UNAVAILABLE', 'the owner of the warehouse has ended');
}

/** Stands by while another process has the role, and says so. */
async function holdRole({ store, warehouseId, signal, log }: TransformerOptions, engine: Engine): Promise<BuilderHold> {
  const place = { engine, store, warehouseId };
  try {
    return await holdBuilder(place, 'role', { wait: false });
  } catch (error) {
    if (!(error instanceof TailraceError && error.code === 'TRANSFORM_IN_USE')) throw error;
    log.info({ error: error.message }, 'standing by');
    return working(holdBuilder(place, 'role', { wait: true, signal }));
  }
}

/**
 * Without a compactor there is nothing to do but to wait for one. A run that lost its lock was
 * aborted for that reason: the owner of the lock has ended.
 */
function asAway(error: unknown): unknown {
  const aborted = error instanceof Error && error.name === 'AbortError';
  const waits = error instanceof TailraceError && (error.code === 'NOT_RUNNING' || error.code === 'TIMED_OUT');
  if (!aborted && !waits) return error;
  return new TailraceError('WAREHOUSE_UNAVAILABLE', withoutCode(error.message), { cause: error });
}

/** What a transformer works with while the warehouse is open. */
interface TransformerEnds {
  readonly engine: Engine;
  readonly freezes: Freezes;
  readonly exports: ScheduledExports;
  readonly tests: ScheduledTests;
  readonly signal: AbortSignal;
}

class Transformer {
  readonly #options: TransformerOptions;
  readonly #engine: Engine;
  readonly #freezes: Freezes;
  readonly #exports: ScheduledExports;
  readonly #tests: ScheduledTests;
  readonly #signal: AbortSignal;
  readonly #old = new OldStorages();
  /** When the last run of a model began in this process, by its clock. */
  readonly #begunAtMs = new Map<string, number>();
  #folder: LiveFolder | null = null;
  #state: TransformState | null = null;
  #running: ReadonlySet<string> = new Set();
  #reported = '';

  constructor(options: TransformerOptions, ends: TransformerEnds) {
    this.#options = options;
    this.#engine = ends.engine;
    this.#freezes = ends.freezes;
    this.#exports = ends.exports;
    this.#tests = ends.tests;
    this.#signal = ends.signal;
  }

  /** `atStart`: what the engine refuses is BAD_MODEL; later it is a model that fails. */
  async start(atStart: boolean): Promise<void> {
    const read = (strict: boolean): Promise<Folder> => readModels(this.#options, this.#engine, strict);
    this.#folder = await LiveFolder.open(
      this.#options.directory,
      () => read(atStart),
      () => read(false),
    );
    await using _hold = await this.#hold();
    this.#state = await TransformState.open(this.#engine);
    this.#freezes.takeOver(await recover(this.#engine, this.#state));
    await this.#old.note(this.#engine, this.#state, elapsed());
    this.#freezes.keepOnly(keptFreezes(this.#state));
    await this.#report(await this.#position());
  }

  /** Runs what is due, once. True when something was. */
  async look(): Promise<boolean> {
    if ((await this.#folder?.look()) === true && this.#folder?.error)
      this.#options.log.warn({ error: hideValues(this.#folder.error.message) }, 'models not read again');
    // A run of another process has shown something else.
    if ((await this.#state?.isCurrent()) === false) this.#state = await TransformState.open(this.#engine);
    const position = await this.#position();
    const due = this.#due(position);
    const works = (due.size > 0 || this.#hasRemoved() || this.#old.hasOld(elapsed())) && position !== null;
    if (works) await this.#run(due, position);
    this.#exports.tick(wall());
    this.#tickTests(position);
    await this.#report(position);
    return works;
  }

  #tickTests(position: Position | null): void {
    const [folder, records] = [this.#folder?.current, this.#state?.records];
    if (position !== null && folder !== undefined && records !== undefined) this.#tests.tick({ folder, records, position, nowMs: wall() });
  }

  async #run(due: ReadonlyMap<string, string>, position: Position): Promise<void> {
    const { log, memoryBytes } = this.#options;
    await using held = await this.#hold();
    const context = { engine: this.#engine, freezes: this.#freezes, log, memoryBytes, signal: AbortSignal.any([this.#signal, held.lost]) };
    const began = elapsed();
    for (const id of due.keys()) this.#begunAtMs.set(id, began);
    this.#running = new Set(due.keys());
    await this.#report(position);
    const [trigger = 'changed'] = due.values();
    const order = { models: this.#models(), named: [...due.keys()], trigger, full: false, compare: false };
    try {
      const { state, outcome } = await turn(context, this.#old, order);
      for (const { model } of outcome?.models ?? []) this.#begunAtMs.set(model, began);
      this.#state = state;
    } finally {
      this.#running = new Set();
    }
  }

  #due(position: Position | null): Map<string, string> {
    const due = new Map<string, string>();
    const changed = new Map(
      withHistories(position?.tables ?? []).map(({ table, changed: manifest }) => [table, manifest ?? position?.manifest ?? 0]),
    );
    const byId = new Map(this.#models().map((model) => [model.id, model]));
    for (const model of this.#models()) {
      const record = this.#state?.records.get(model.id) ?? null;
      const began = this.#begunAtMs.get(model.id);
      const { sources, stored } = readsOf(model, byId);
      const rebuilt = stored.some((id) => (this.#state?.records.get(id)?.shown?.built ?? 0) > (record?.last.run ?? 0));
      const manifests = sources.map((table) => changed.get(table) ?? 0);
      const why = whyDue({
        kind: model.kind,
        asked: askedOf(model),
        hasTests: model.tests.length > 0,
        every: model.every,
        cronDue: model.cron === null ? null : hasCome(model.cron, record === null ? null : Date.parse(record.last.startedAt), wall()),
        record,
        changed: rebuilt ? Number.POSITIVE_INFINITY : manifests.length === 0 ? null : Math.max(...manifests),
        sources: stateOfSources(sources, position),
        blocked: model.inputs.some((id) => isHeldBack(this.#state?.records.get(id))),
        sinceMs: began === undefined ? null : elapsed() - began,
      });
      if (why !== null) due.set(model.id, why);
    }
    return due;
  }

  async #report(position: Position | null): Promise<void> {
    const { store, warehouseId } = this.#options;
    const records = this.#state?.records ?? new Map();
    const due = this.#due(position);
    const byId = new Map(this.#models().map((model) => [model.id, model]));
    const models = this.#models().map((model) => {
      const stored = readsOf(model, byId).stored.map((id) => records.get(id));
      const { id } = model;
      return reportedModel({ model, record: records.get(id) ?? null, stored, running: this.#running.has(id), due: due.has(id) });
    });
    const error = this.#folder?.error ?? null;
    const folderError = error === null ? null : { code: error.code, message: hideValues(error.message) };
    const report = {
      warehouseId,
      folderError,
      models,
      tests: this.#tests.reports(this.#folder?.current ?? { tests: [] }),
      exports: this.#exports.reports(),
    };
    const text = JSON.stringify(report);
    if (text === this.#reported) return;
    await putModels(store, { ...report, at: isoTime(wall()) });
    this.#reported = text;
  }

  #hold(): Promise<BuilderHold> {
    const { store, warehouseId } = this.#options;
    return holdBuilder({ engine: this.#engine, store, warehouseId }, 'run', { wait: true, signal: this.#signal });
  }

  async #position(): Promise<Position | null> {
    return getPosition(this.#options.store, this.#options.warehouseId);
  }

  #hasRemoved(): boolean {
    const there = new Set(this.#models().map(({ id }) => id));
    return [...(this.#state?.records.values() ?? [])].some(({ model, gone }) => !gone && !there.has(model));
  }

  #models(): readonly Model[] {
    return this.#folder?.current.models ?? [];
  }
}

function stateOfSources(sources: readonly string[], position: Position | null): 'live' | 'coming' | 'gone' {
  const tables = new Map(withHistories(position?.tables ?? []).map(({ table, state }) => [table, state]));
  const begins = ![...tables.values()].includes('live');
  const states = sources.map((table) => tables.get(table) ?? (begins ? 'waiting' : 'dropped'));
  if (states.some((state) => state === 'dropped' || state === 'parked')) return 'gone';
  return states.every((state) => state === 'live') ? 'live' : 'coming';
}

function isHeldBack(record: ModelRecord | undefined): boolean {
  return record?.last.status === 'failed' || record?.last.status === 'skipped';
}
