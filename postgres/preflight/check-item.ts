import type { Unreadable } from '../publication/read-grants.ts';

/** One thing that was looked at before replication begins. */
export interface CheckItem {
  readonly item: string;
  /** What was found, for people. */
  readonly value: string;
  /** `fail` keeps replication from working or from being safe; `warn` is a risk to know of. */
  readonly verdict: 'ok' | 'warn' | 'fail';
  /**
   * The exact SQL that mends it, or a sentence where SQL cannot; null when nothing is to be done.
   */
  readonly fix: string | null;
  /** `schema.table` when it is about one. */
  readonly table?: string;
  /**
   * What the SQL grants, where it does: a report over several tables grants it once for each
   * schema.
   */
  readonly unreadable?: Unreadable;
}

/** An item whose verdict and fix depend on one condition. */
export function checked(item: string, value: string, good: boolean, otherwise: Pick<CheckItem, 'verdict' | 'fix'>): CheckItem {
  return good ? { item, value, verdict: 'ok', fix: null } : { item, value, ...otherwise };
}
