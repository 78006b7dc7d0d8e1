import { durationText } from '../core/sections/units.ts';
import { duration, table } from '../core/figures.ts';
import { martPositions } from '../lake/mart-position.ts';
import type { ModelsReport, ReportedModel } from '../lake/models-report.ts';
import type { Position } from '../lake/readers.ts';
import { freshnessSeconds } from '../monitor/freshness.ts';
import type { Model } from '../transformer/folder/model.ts';
import type { GraphMark } from '../transformer/folder/graph-text.ts';
import { USUAL_EVERY_MS } from '../transformer/state/due.ts';

/** One model of `models --json`. */
export interface ListedModel {
  readonly model: string;
  readonly kind: Model['kind'];
  readonly inputs: readonly string[];
  /** As a header writes it, `1m`; null: it has a `cron`. */
  readonly every: string | null;
  readonly cron: string | null;
  readonly state: ReportedModel['state'];
  readonly lsn: string | null;
  readonly asOf: string | null;
  readonly freshnessSeconds: number | null;
  /** null: not counted. */
  readonly rows: number | null;
  readonly lastRun: ReportedModel['lastRun'];
}

/** What is known of models besides their files. `nowMs` is wall-clock time. */
interface KnownOfModels {
  /** null: no transform role has ever run. */
  readonly report: ModelsReport | null;
  readonly position: Position | null;
  readonly nowMs: number;
}

/** The models of a folder, each as far as it was built. Pure. */
export function listModels(models: readonly Model[], { report, position, nowMs }: KnownOfModels): ListedModel[] {
  const known = new Map(martPositions(report?.models ?? [], position).map((mart) => [mart.model.model, mart]));
  return models.map(({ id, kind, inputs, every, cron }) => {
    const mart = known.get(id);
    const asOf = mart?.asOf ?? null;
    const state = mart?.model.state ?? 'never';
    return {
      model: id,
      kind,
      inputs,
      every: cron === null ? durationText(every ?? USUAL_EVERY_MS) : null,
      cron: cron?.pattern ?? null,
      // An input may have changed while no transform role runs.
      state: state === 'fresh' && mart?.current === false ? 'due' : state,
      lsn: mart?.lsn ?? null,
      asOf,
      freshnessSeconds: freshnessSeconds(asOf, nowMs),
      rows: mart?.model.rows ?? null,
      lastRun: mart?.model.lastRun ?? null,
    };
  });
}

/** The list for people. */
export function modelList(models: readonly ListedModel[]): string {
  if (models.length === 0) return 'there is no model\n';
  const rows = models.map(({ model, kind, state, freshnessSeconds: behind, rows: count, lastRun }) => [
    model,
    kind,
    state,
    behind === null ? '–' : duration(behind),
    count === null ? '–' : String(count),
    lastRun === null ? '–' : `${lastRun.status} in ${duration(lastRun.durationMs / 1000)}`,
  ]);
  return `${table([['model', 'kind', 'state', 'behind', 'rows', 'last run'], ...rows], [4]).join('\n')}\n`;
}

/** What the graph marks. */
export function graphMarks(models: readonly ListedModel[]): Map<string, GraphMark> {
  return new Map(models.flatMap(({ model, state }) => (state === 'failed' || state === 'skipped' ? [[model, state] as const] : [])));
}
