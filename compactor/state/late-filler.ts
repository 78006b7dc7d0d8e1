import type { ListedCopy } from '../../lake/snapshot-log.ts';
import type { Generation } from './generation.ts';

/**
 * Whether a generation fills the history of a table while another generation shows that table: the
 * history was turned on late. `all`: at least the generations of the table.
 */
export function fillsLate(one: Generation, all: readonly Generation[]): boolean {
  if (one.history === undefined || one.visible || one.state === 'dropped') return false;
  return all.some((other) => isShownInstead(other) && other.oid === one.oid && other.rebuild < one.rebuild);
}

function isShownInstead({ state, history }: Generation): boolean {
  return state === 'live' && history === undefined;
}

/** The first whole copy of a table after that of a generation; null: there is none. */
export function nextCopy(one: Generation, copies: Iterable<ListedCopy>): ListedCopy | null {
  let next: ListedCopy | null = null;
  for (const copy of copies)
    if (copy.done && copy.tableId === one.tableId && copy.generation > one.generation && copy.generation < (next?.generation ?? Infinity))
      next = copy;
  return next;
}
