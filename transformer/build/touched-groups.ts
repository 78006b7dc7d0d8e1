import { sql } from '../../warehouse-sql/load.ts';
import { quoteCh } from '../../warehouse/names.ts';

/** Database of everything that is stored for models. */
export const MODELS_DATABASE = 'tailrace_models';

/** An input whose changes are followed, with one `@by` expression of it. */
export interface FollowedInput {
  /** The `@by` expression, of the input's columns. */
  readonly expression: string;
  /** The view of every stored row, quoted. */
  readonly rows: string;
  /** Rows with a version at or above it came after the last build; decimal. */
  readonly since: string;
  /** Columns of the input's key. */
  readonly key: readonly string[];
  /** All columns of the input. */
  readonly columns: readonly string[];
  /** The input as it was at the last build, quoted; null: it was not kept. */
  readonly before: string | null;
}

/**
 * Whether the groups that changed rows have left are known from the keys of these rows. If not, the
 * input as it was is needed. Text in a string of the expression that is the name of a column counts
 * as that column: then more is kept than is needed.
 */
export function readsKeyOnly({ expression, key, columns }: Pick<FollowedInput, 'expression' | 'key' | 'columns'>): boolean {
  const words = new Set(
    [...expression.matchAll(/`((?:[^`\\]|\\.|``)*)`|"((?:[^"\\]|\\.|"")*)"|([\p{L}_][\p{L}\p{N}_]*)/gu)].map(([, a, b, c]) => a ?? b ?? c),
  );
  return columns.every((column) => !words.has(column) || key.includes(column)) && !/[*]/.test(expression);
}

/**
 * SELECTs of the groups that changed rows of one input have or had. Null when they cannot be known:
 * the earlier images are needed and were not kept.
 */
export function touchedParts(input: FollowedInput): string[] | null {
  const { expression, rows, since: version, before } = input;
  if (readsKeyOnly(input)) return [sql('touched-new', { expression, rows, version, whole: '' })];
  const fresh = sql('touched-new', { expression, rows, version, whole: 'AND NOT _tr_deleted' });
  // A table that only grows has no earlier images.
  if (input.key.length === 0) return [fresh];
  if (before === null) return null;
  return [fresh, sql('touched-old', { expression, rows, version, before, key: input.key.map(quoteCh).join(', ') })];
}

/**
 * A condition that is true for rows of touched groups. NULL is a group like any other; `IN` alone
 * would not find it.
 */
export function inTouched(expression: string, { touched, nulls }: { readonly touched: string; readonly nulls: boolean }): string {
  const listed = `(${expression}) IN (SELECT _tr_group FROM ${MODELS_DATABASE}.${quoteCh(touched)})`;
  return nulls ? `(${listed} OR (${expression}) IS NULL)` : listed;
}
