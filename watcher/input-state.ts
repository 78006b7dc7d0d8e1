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

/**
 * Where the inputs of a query stand, as a text that changes when one of them may have changed.
 * Pure.
 */
export function inputState(plan: Pick<WatchPlan, 'tables' | 'marts' | 'others'>, { position, models }: Standing): string {
  if (plan.others) return `${position.at} ${models.map(markOf).join(' ')}`;
  const tables = new Map(position.tables.map((table) => [table.table, table]));
  const marts = new Map(models.map((model) => [model.model, model]));
  return JSON.stringify([
    ...plan.tables.map((name) => {
      const table = tables.get(name);
      // Without its own number, every manifest may have changed it.
      return table === undefined ? name : [table.tableId, table.generation, table.state, table.changed ?? position.manifest];
    }),
    ...plan.marts.map((name) => markOf(marts.get(name))),
  ]);
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
