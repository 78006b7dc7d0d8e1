import { withHistories } from '../core/table-state.ts';
import type { ReportedModel } from './models-report.ts';
import type { Position, TablePosition } from './readers.ts';

/** How far the rows of a model are. */
export interface MartPosition {
  readonly model: ReportedModel;
  /** No table that it reads has changed since its run, so it is as far as the front. */
  readonly current: boolean;
  /** Everything below it is in the rows; null: nothing is shown. */
  readonly lsn: string | null;
  /** Greatest commit time of the source below `lsn`. */
  readonly asOf: string | null;
}

/** How far each model is. `position`: that of its warehouse; null: unknown. */
export function martPositions(models: readonly ReportedModel[], position: Position | null): MartPosition[] {
  const known = new Map(models.map((model) => [model.model, model]));
  const tables = new Map(withHistories(position?.tables ?? []).map((table) => [table.table, table]));
  return models.map((model) => {
    if (model.manifest === null) return { model, current: false, lsn: null, asOf: null };
    const current = position !== null && isCurrent(model, known, tables);
    return { model, current, ...(current ? { lsn: position.appliedLsn, asOf: position.asOf } : { lsn: model.lsn, asOf: model.asOf }) };
  });
}

/** A view shows its tables as they are; a model below it was built at some point. */
function isCurrent(model: ReportedModel, known: ReadonlyMap<string, ReportedModel>, tables: ReadonlyMap<string, TablePosition>): boolean {
  const follows = model.kind === 'view' && model.inputs.every((input) => !known.has(input));
  const sources = [...namesBelow(model, known)].flatMap((name) => tables.get(name) ?? []);
  return sources.every(({ state, changed }) => state === 'live' && (follows || (changed ?? Infinity) <= (model.manifest ?? -1)));
}

/** Tables and models that a model reads, also through other models. */
export function sourcesOf(model: ReportedModel, models: readonly ReportedModel[]): ReadonlySet<string> {
  return namesBelow(model, new Map(models.map((one) => [one.model, one])));
}

function namesBelow(model: ReportedModel, known: ReadonlyMap<string, ReportedModel>, seen = new Set<string>()): Set<string> {
  for (const input of model.inputs) {
    if (seen.has(input)) continue;
    seen.add(input);
    const below = known.get(input);
    if (below !== undefined) namesBelow(below, known, seen);
  }
  return seen;
}
