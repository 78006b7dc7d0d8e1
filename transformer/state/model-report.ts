import type { ReportedModel } from '../../lake/models-report.ts';
import { hideValues } from '../../core/hide-values.ts';
import type { Model } from '../folder/model.ts';
import type { ModelRecord } from './model-record.ts';

/** What the report of one model is made from. */
export interface ReportFacts {
  readonly model: Pick<Model, 'id' | 'kind' | 'inputs' | 'every' | 'cron'>;
  readonly record: ModelRecord | null;
  /** Stored models that it reads, also through views. */
  readonly stored: readonly (ModelRecord | undefined)[];
  readonly running: boolean;
  readonly due: boolean;
}

/** No table changed after it: readers of a view see the front. */
const ALWAYS = Number.MAX_SAFE_INTEGER;

/** Where a model stands, for other processes. Values that the engine quotes are taken out. Pure. */
export function reportedModel({ model, record, stored, running, due }: ReportFacts): ReportedModel {
  const shown = record?.gone === true ? null : (record?.shown ?? null);
  const last = record?.last ?? null;
  const at = shown === null ? null : model.kind === 'view' ? oldest(shown, stored) : shown;
  return {
    model: model.id,
    kind: model.kind,
    inputs: [...model.inputs],
    every: model.every,
    cron: model.cron?.pattern ?? null,
    state: running ? 'running' : stateOf(record, due),
    lsn: at?.lsn ?? null,
    asOf: at?.asOf ?? null,
    manifest: at?.manifest ?? null,
    rows: shown?.rows ?? null,
    lastRun:
      last === null ? null : { run: last.run, status: last.status, startedAt: last.startedAt, durationMs: Math.round(last.durationMs) },
    error: last?.error ? { code: last.error.code, message: hideValues(last.error.message) } : null,
    failing: (last?.failing ?? []).map((one) => ({ ...one })),
  };
}

function stateOf(record: ModelRecord | null, due: boolean): ReportedModel['state'] {
  if (record?.last.status === 'failed' || record?.last.status === 'skipped') return record.last.status;
  if (record === null || record.shown === null || record.gone) return 'never';
  return due ? 'due' : 'fresh';
}

interface Position {
  readonly lsn: string;
  readonly asOf: string | null;
  readonly manifest: number;
}

/**
 * A view over tables of the source shows the front; one over stored models is as old as they are.
 */
function oldest(view: Position, stored: readonly (ModelRecord | undefined)[]): Position {
  const positions = stored.flatMap((record) => (record?.shown ? [record.shown] : []));
  const [first] = positions.toSorted((a, b) => a.manifest - b.manifest);
  return first ?? { ...view, manifest: ALWAYS };
}
