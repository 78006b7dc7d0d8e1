import { failpoint } from '../core/failpoint.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';
import { quoteCh } from '../warehouse/names.ts';
import { dropRunViews } from './build/run-views.ts';
import { dropOtherModels, showModels } from './build/shown-views.ts';
import { MODELS_DATABASE } from './build/touched-groups.ts';
import type { Model } from './folder/model.ts';
import type { TransformState } from './state/transform-state.ts';

/** Marks the database of storages. */
const COMMENT = 'rows of models, kept by tailrace';

/**
 * Begins where the last process ended: a tested run is finished, any other is forgotten. Views of
 * runs go; no other run may go on. Call it before each run.
 */
export async function recover(engine: Engine, state: TransformState): Promise<void> {
  await engine.exec(sql('create-marked-database', { database: quoteCh(MODELS_DATABASE), comment: COMMENT }));
  const { run, state: reached, rows } = state.run;
  if (reached === 'tested') await publish(engine, state);
  if (reached === 'building') {
    const error = { code: 'INTERRUPTED', message: 'the run was interrupted' };
    await state.saveRows(rows.map((row) => ({ ...row, status: 'failed', error })));
    await state.saveRun({ run, state: 'published', records: [], rows: [] });
  }
  await dropRunViews(engine);
}

/** Shows what the tested run of this state has built, and writes it down. May be repeated. */
export async function publish(engine: Engine, state: TransformState): Promise<void> {
  const { run, records, rows } = state.run;
  await showModels(
    engine,
    records.filter(({ last }) => last.status === 'published' || last.status === 'unchanged'),
  );
  failpoint('model-shown');
  await state.saveRecords(records);
  await state.saveRows(rows);
  await state.saveRun({ run, state: 'published', records: [], rows: [] });
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
