import { withHistories } from '../core/table-state.ts';
import { parseLsn } from '../core/lsn.ts';
import { martPositions } from '../lake/mart-position.ts';
import type { Standing, WatchPlan } from './watch-plan.ts';

/** A position of the source, as answers carry it. */
export interface AnsweredAt {
  /** `X/Y`: everything below it is in the answer. */
  readonly lsn: string;
  /** Greatest commit time of the source below `lsn`; null: no commit was applied yet. */
  readonly asOf: string | null;
}

/** Where the inputs of a query stand. */
export interface InputState {
  /**
   * Another text: another copy of a table, another state of it, or a model that was shown again.
   */
  readonly marks: string;
  /** The last manifest that changed one of the replicated tables. */
  readonly changed: number;
}

/** Where the inputs of a query stand. Pure. */
export function inputState(plan: Pick<WatchPlan, 'tables' | 'marts' | 'others'>, { position, models }: Standing): InputState {
  if (plan.others) return { marks: `${position.at} ${models.map(markOf).join(' ')}`, changed: position.manifest };
  const tables = new Map(withHistories(position.tables).map((table) => [table.table, table]));
  const marts = new Map(models.map((model) => [model.model, model]));
  const read = plan.tables.map((name) => tables.get(name));
  const marks = [
    ...read.map((table) => (table === undefined ? '' : `${table.tableId} ${table.generation} ${table.state}`)),
    ...plan.marts.map((name) => markOf(marts.get(name))),
  ];
  // A table without a number of its own may have been changed by every manifest.
  return { marks: marks.join(', '), changed: Math.max(0, ...read.map((table) => table?.changed ?? position.manifest)) };
}

/** Whether an answer over inputs that stood like `seen` may differ now. */
export function isNews(inputs: InputState, seen: InputState): boolean {
  return inputs.marks !== seen.marks || inputs.changed > seen.changed;
}

/** A model as it is shown. A run may show another text at the same position. */
function markOf(model: Standing['models'][number] | undefined): string {
  if (model === undefined) return '';
  const { lsn, manifest, lastRun } = model;
  return `${lsn}@${manifest} ${lastRun?.status === 'published' ? lastRun.run : ''}`;
}

/** The position of an answer that reads what is shown: the least of its models, else the front. */
export function shownAt({ marts }: Pick<WatchPlan, 'marts'>, { position, models }: Standing): AnsweredAt {
  const front = { lsn: position.appliedLsn, asOf: position.asOf };
  return martPositions(models, position)
    .flatMap(({ model, lsn, asOf }) => (marts.includes(model.model) && lsn !== null ? [{ lsn, asOf }] : []))
    .reduce<AnsweredAt>(earlier, front);
}

/** The earlier of two positions. */
export function earlier(one: AnsweredAt, other: AnsweredAt): AnsweredAt {
  return parseLsn(one.lsn) <= parseLsn(other.lsn) ? one : other;
}
