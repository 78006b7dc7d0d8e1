import type { TableSchema } from './table.ts';

/** What the configuration, applied to a table, has to say against reading it. */
export interface RuleTrouble {
  /** Why it must not be read so; null when it may. */
  readonly refused: string | null;
  /** Columns that it names and the table does not have. */
  readonly unknown: readonly string[];
}

/**
 * What the configuration makes of a table otherwise than before, in words; null: nothing. Values in
 * the lake are then of two kinds, so it is a new copy. Columns that are gone do not count, nor
 * those that are new.
 */
export function narrowingChange(before: TableSchema, now: TableSchema): string | null {
  const left = now.narrowed?.hidden.find((id) => before.columns.some((column) => column.id === id));
  if (left !== undefined) return `column "${before.columns.find(({ id }) => id === left)?.name ?? ''}" is to be left out`;
  const [mask] = maskChanges(before, now);
  if (mask !== undefined) return `column "${mask.name}" is masked otherwise than before`;
  if ((before.narrowed?.filter ?? null) !== (now.narrowed?.filter ?? null)) return 'its row filter is another one';
  const [was, is] = [before.narrowed?.salt ?? null, now.narrowed?.salt ?? null];
  if (was !== null && is !== null && was !== is) return 'the salt of its masks is another one';
  return loosened(before, now);
}

/**
 * Why a table must be held back rather than read as the configuration says now; null when it may be
 * read. `by`: fingerprint of the configuration. Whoever changes the configuration may show what was
 * left out. Whoever renames a column or a table at the source, under a configuration that names it
 * by its old name, may not.
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
  return loose === null ? null : `${loose}, though the configuration is the same: name it there as it is called now`;
}

/** What would be shown that was not before, in words. */
function loosened(before: TableSchema, now: TableSchema): string | null {
  const shown = now.columns.find(({ id }) => before.narrowed?.hidden.includes(id) === true);
  if (shown !== undefined) return `column "${shown.name}" would no longer be left out`;
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
