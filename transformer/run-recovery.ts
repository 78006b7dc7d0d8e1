import { isAway } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';
import { quoteCh } from '../warehouse/names.ts';
import { dropRunViews } from './build/run-views.ts';
import { dropOtherModels, replaceOldViews, showModels } from './build/shown-views.ts';
import { MODELS_DATABASE } from './build/touched-groups.ts';
import type { Model } from './folder/model.ts';
import { errorOf } from './run-outcome.ts';
import type { ModelRecord } from './state/model-record.ts';
import { dropBuilt } from './state/old-storages.ts';
import type { TransformState } from './state/transform-state.ts';

/** Marks the database of storages. */
const COMMENT = 'rows of models, kept by tailrace';

/**
 * Begins where the last process ended: a tested run is finished, any other is forgotten. Views of
 * runs go; no other run may go on. Views of an earlier version are replaced. Call it before each
 * run. Returns the freeze that the last process may have left; null: its last run was over.
 */
export async function recover(engine: Engine, state: TransformState): Promise<string | null> {
  await engine.exec(sql('create-marked-database', { database: quoteCh(MODELS_DATABASE), comment: COMMENT }));
  const { run, state: reached, rows } = state.run;
  if (reached === 'tested') await publish(engine, state);
  if (reached === 'building') {
    const error = { code: 'INTERRUPTED', message: 'the run was interrupted' };
    await state.saveRows(rows.map((row) => ({ ...row, status: 'failed', error })));
    await dropBuilt(engine, run);
    await state.saveRun({ ...state.run, state: 'published', records: [], rows: [] });
  }
  await dropRunViews(engine);
  await replaceOldViews(engine, [...state.records.values()]);
  return reached === 'published' ? null : freezeOfRun(run);
}

/** The freeze that a run reads. */
export function freezeOfRun(run: number): string {
  return `tailrace_run_${run}`;
}

/** Shows what the tested run of this state has built, and writes it down. May be repeated. */
export async function publish(engine: Engine, state: TransformState): Promise<void> {
  const { rows } = state.run;
  const records = await showAll(engine, state);
  failpoint('model-shown');
  await state.saveRecords(records);
  const errors = new Map(records.map(({ model, last }) => [model, last.error]));
  await state.saveRows(
    rows.map((row) => (errors.get(row.model) ? { ...row, status: 'failed', error: errors.get(row.model) ?? null } : row)),
  );
  await state.saveRun({ ...state.run, state: 'published', records: [], rows: [] });
}

/**
 * Moves the views of a tested run together. When the engine refuses, because a table was dropped
 * since, each moves by itself, and a refused one stays as it was.
 */
async function showAll(engine: Engine, state: TransformState): Promise<readonly ModelRecord[]> {
  const { records } = state.run;
  try {
    await showModels(engine, records.filter(isGood));
    return records;
  } catch (error) {
    if (isAway(error)) throw error;
  }
  const shown: ModelRecord[] = [];
  for (const record of records) {
    try {
      if (isGood(record)) await showModels(engine, [record]);
      shown.push(record);
    } catch (error) {
      if (isAway(error)) throw error;
      const before = state.records.get(record.model)?.shown ?? null;
      shown.push({ ...record, shown: before, last: { ...record.last, status: 'failed', error: errorOf(error) } });
    }
  }
  return shown;
}

function isGood({ last }: ModelRecord): boolean {
  return last.status === 'published' || last.status === 'unchanged';
}

/** Takes away the models whose files were removed: their views at once, their rows later. */
export async function forgetRemoved(engine: Engine, state: TransformState, models: readonly Model[]): Promise<void> {
  const there = new Set(models.map(({ id }) => id));
  const removed = [...state.records.values()].filter(({ model, gone }) => !gone && !there.has(model));
  if (removed.length > 0) await state.saveRecords(removed.map((record) => ({ ...record, shown: null, gone: true })));
  await dropOtherModels(
    engine,
    [...state.records.values()].filter(({ gone, shown }) => !gone && shown !== null),
  );
}
