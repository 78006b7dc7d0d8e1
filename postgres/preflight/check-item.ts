import type { Unreadable } from '../publication/read-grants.ts';

/** One thing that is checked before replication begins. */
export interface CheckItem {
  readonly item: string;
  /** What was found, for people. */
  readonly value: string;
  /** `fail` keeps replication from working or from being safe; `warn` is a risk to know about. */
  readonly verdict: 'ok' | 'warn' | 'fail';
  /**
   * The exact SQL that fixes it, or a sentence where SQL cannot; null when there is nothing to do.
   */
  readonly fix: string | null;
  /** `schema.table` when it is about one table. */
  readonly table?: string;
  /**
   * The relations that the SQL grants access to, if it does: a report over several tables grants it
   * once for each schema.
   */
  readonly unreadable?: Unreadable;
}

/** An item whose verdict and fix depend on one condition. */
export function checked(item: string, value: string, good: boolean, otherwise: Pick<CheckItem, 'verdict' | 'fix'>): CheckItem {
  return good ? { item, value, verdict: 'ok', fix: null } : { item, value, ...otherwise };
}
