import type { TableSchema } from './table.ts';

/** Objections against reading a table under the configuration. */
export interface RuleTrouble {
  /** Why it must not be read; null when it may. */
  readonly refused: string | null;
  /** Columns that the configuration names and the table does not have. */
  readonly unknown: readonly string[];
}

/**
 * How the configuration changed for a table, in words; null: it did not. After a change the lake
 * has values of two kinds, so the table needs a new copy. Dropped and new columns do not count.
 */
export function narrowingChange(before: TableSchema, now: TableSchema): string | null {
  const left = now.narrowed?.hidden.find((id) => before.columns.some((column) => column.id === id));
  if (left !== undefined) return `column "${before.columns.find(({ id }) => id === left)?.name ?? ''}" is now excluded`;
  const [mask] = maskChanges(before, now);
  if (mask !== undefined) return `the mask of column "${mask.name}" changed`;
  if ((before.narrowed?.filter ?? null) !== (now.narrowed?.filter ?? null)) return 'its row filter changed';
  const [was, is] = [before.narrowed?.salt ?? null, now.narrowed?.salt ?? null];
  if (was !== null && is !== null && was !== is) return 'the salt of its masks changed';
  return loosened(before, now);
}

/**
 * Why a table must be held back, and not read under the present configuration; null when it may be
 * read. `by`: fingerprint of the configuration. A new configuration may show columns that were left
 * out. A rename at the source may not, while the configuration has the old name.
 */
export function holdReason(
  before: TableSchema | null,
  now: TableSchema,
  { rule, by }: { rule: RuleTrouble | null; by: string },
): string | null {
  if (rule !== null && rule.refused !== null) return rule.refused;
  const sameRules = before?.narrowed?.by === by;
  const [unknown] = rule?.unknown ?? [];
  if (unknown !== undefined && !sameRules) return unknown;
  if (before === null || !sameRules) return null;
  const loose = loosened(before, now);
  return loose === null ? null : `${loose}, although the configuration did not change: use its new name there`;
}

/** The first thing that would become visible, in words; null: nothing. */
function loosened(before: TableSchema, now: TableSchema): string | null {
  const shown = now.columns.find(({ id }) => before.narrowed?.hidden.includes(id) === true);
  if (shown !== undefined) return `column "${shown.name}" would become visible`;
  const mask = maskChanges(before, now).find((column) => column.before !== undefined && column.now !== 'null');
  if (mask !== undefined) return `column "${mask.name}" would no longer be masked as before`;
  return (before.narrowed?.filter ?? null) !== null && (now.narrowed?.filter ?? null) === null
    ? 'its rows would no longer be filtered'
    : null;
}

function maskChanges(before: TableSchema, now: TableSchema) {
  return now.columns.flatMap(({ id, name, mask }) => {
    const column = before.columns.find((candidate) => candidate.id === id);
    return column === undefined || column.mask === mask ? [] : [{ name, before: column.mask, now: mask }];
  });
}
