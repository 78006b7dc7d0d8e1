import { hasCome } from '../../core/cron-time.ts';
import { isComing } from '../../core/table-state.ts';
import type { TablePosition } from '../../lake/readers.ts';
import type { TestFile } from '../folder/model.ts';
import type { ModelRecord } from '../state/model-record.ts';

/** What is known of the last time a test ran. */
export interface LastTest {
  /** By the wall clock; null: never. */
  readonly startedMs: number | null;
  /** Milliseconds since then by the clock of this process; null: not in this process. */
  readonly sinceMs: number | null;
  /** Of its inputs then; null: not known. */
  readonly inputs: string | null;
}

/**
 * Whether a test in a file is due: at its times, or at most so often and only when an input
 * changed. `inputs` as `inputsOf` gives them. Pure.
 */
export function isTestDue({ cron, every }: Pick<TestFile, 'cron' | 'every'>, last: LastTest, inputs: string, nowMs: number): boolean {
  if (cron !== null) return hasCome(cron, last.startedMs, nowMs);
  if (last.inputs === inputs) return false;
  return last.sinceMs === null || last.sinceMs >= (every ?? 0);
}

/**
 * Whether everything that a test reads can be read: its tables were copied, and its models were
 * shown once. A reconciliation reads every table. Pure.
 */
export function canBeTested(
  { reconcile, inputs }: Pick<TestFile, 'reconcile'> & { readonly inputs?: readonly string[] },
  records: ReadonlyMap<string, Pick<ModelRecord, 'shown' | 'sources'>>,
  { models, tables }: { readonly models: ReadonlySet<string>; readonly tables: readonly Pick<TablePosition, 'table' | 'state'>[] },
): boolean {
  // At the start the tables are not known yet.
  if (!tables.some(({ state }) => state === 'live')) return false;
  const coming = new Set(tables.filter(({ state }) => isComing(state)).map(({ table }) => table));
  if (reconcile !== null) return coming.size === 0;
  return (inputs ?? []).every((input) => {
    if (!models.has(input)) return !coming.has(input);
    const record = records.get(input);
    return record !== undefined && record.shown !== null && record.sources.every((table) => !coming.has(table));
  });
}

/**
 * A text that changes with what a test reads: tables of the source, or models that were published.
 * A reconciliation reads every table. Pure.
 */
export function inputsOf(
  { reconcile, select, inputs }: Pick<TestFile, 'reconcile' | 'select'> & { readonly inputs?: readonly string[] },
  records: ReadonlyMap<string, Pick<ModelRecord, 'shown' | 'sources'>>,
  tables: readonly Pick<TablePosition, 'table' | 'changed'>[],
): string {
  const changed = new Map(tables.map((one) => [one.table, one.changed ?? 0]));
  const last = (names: readonly string[]): number => Math.max(0, ...names.map((name) => changed.get(name) ?? 0));
  if (reconcile !== null) return String(last([...changed.keys()]));
  const parts = (inputs ?? []).map((input) => {
    const record = records.get(input);
    if (record === undefined) return last([input]);
    return `${record.shown?.built ?? 0}:${record.shown?.storage === null ? last(record.sources) : 0}`;
  });
  return `${select} ${parts.join(' ')}`;
}
