import type { SeenTable, ShownModel } from '../state/model-record.ts';

/** A table of the source as the freeze of the run has it. */
export interface InputNow extends SeenTable {
  readonly identity: 'key' | 'full' | 'append';
  /** It has got rows since the model was built. */
  readonly changed: boolean;
}

/** What the choice depends on. */
export interface ModeFacts {
  readonly kind: 'view' | 'table' | 'incremental';
  readonly hash: string;
  /** What is shown now; null: nothing. */
  readonly shown: ShownModel | null;
  /** A whole build is asked for. */
  readonly whole: boolean;
  /** The same inputs give the same rows. */
  readonly repeatable: boolean;
  readonly tables: readonly InputNow[];
  /** Of `tables`: those that `@by` follows. */
  readonly followed: readonly string[];
  /** Stored models that it reads, with the run that gave each its rows. */
  readonly models: readonly { readonly model: string; readonly built: number }[];
}

export type Mode =
  | { readonly mode: 'view' | 'incremental' | 'unchanged' }
  /** `why` is for the log. */
  | { readonly mode: 'full'; readonly why: string };

/**
 * How a model is built. An incremental build is exact only if every change since the last one is
 * known as changed rows of followed tables. In all other cases the model is built whole. Pure.
 */
export function chooseMode(facts: ModeFacts): Mode {
  const { shown, tables } = facts;
  if (facts.kind === 'view') return { mode: 'view' };
  if (facts.whole) return { mode: 'full', why: 'asked for' };
  if (shown === null) return { mode: 'full', why: 'first time' };
  if (shown.hash !== facts.hash || shown.kind !== facts.kind) return { mode: 'full', why: 'the model changed' };
  const replaced = whyReplaced(tables, shown.tables);
  if (replaced !== null) return { mode: 'full', why: replaced };
  const rebuilt = facts.models.find(({ model, built }) => !shown.models.some((seen) => seen.model === model && seen.built === built));
  if (rebuilt !== undefined) return { mode: 'full', why: `${rebuilt.model} changed` };
  if (!facts.repeatable) return { mode: 'full', why: 'a function has no fixed answer' };
  const changed = tables.filter((table) => table.changed);
  if (changed.length === 0) return { mode: 'unchanged' };
  if (facts.kind === 'table') return { mode: 'full', why: 'an input changed' };
  const free = changed.find(({ table }) => !facts.followed.includes(table));
  if (free !== undefined) return { mode: 'full', why: `${free.table} changed and no @by follows it` };
  const keyless = changed.find(({ identity }) => identity === 'full');
  if (keyless !== undefined) return { mode: 'full', why: `${keyless.table} has no key` };
  return { mode: 'incremental' };
}

/** Whether a whole build is cheaper than one of the touched groups. */
export function isTooMuch(touched: { readonly rows: number; readonly groups: number }, rows: number): boolean {
  return touched.rows * 5 > rows || (touched.groups > MANY_GROUPS && touched.groups * 5 > rows);
}

/** A list of groups is kept in memory; below this number it costs nothing. */
const MANY_GROUPS = 100_000;

function whyReplaced(now: readonly SeenTable[], seen: readonly SeenTable[]): string | null {
  for (const table of now) {
    const before = seen.find((one) => one.table === table.table);
    if (before === undefined) return `${table.table} is read for the first time`;
    if (before.generation !== table.generation) return `${table.table} was copied again or truncated`;
    if (before.schemaHash !== table.schemaHash) return `${table.table} has another schema`;
    if (before.cleaned !== table.cleaned) return `deleted rows of ${table.table} were cleaned up`;
  }
  return null;
}
