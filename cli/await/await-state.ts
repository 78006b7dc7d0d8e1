import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { oidOf } from '../../core/table.ts';
import type { Position, TablePosition } from '../../lake/readers.ts';
import type { ChosenTable } from '../../monitor/chosen-tables.ts';
import { isOutdated, positionFinder } from '../../lake/warehouse-position.ts';

/** What still has to be waited for, and what is not waited for because it is parked. */
export interface AwaitState {
  readonly done: boolean;
  readonly waitingFor: readonly AwaitedTable[];
  readonly parked: readonly string[];
  /** Messages of tables that are not replicated, or not whole: nobody waits for those either. */
  readonly unpublished: readonly string[];
}

/** A table that is waited for, and who holds it up where that is known. */
export interface AwaitedTable {
  readonly table: string;
  readonly heldUpBy: string | null;
}

/**
 * New copies of tables: what was asked for and is not there yet, by id where it was known, else by
 * name; and the newest whole copy in the lake, by table id.
 */
export interface AwaitedCopies {
  readonly requested: readonly { readonly table: string; readonly tableId: string | null }[];
  readonly finished: ReadonlyMap<string, number>;
}

/**
 * What is waited for: these tables, in this epoch of the slot (an earlier one's positions mean
 * nothing), up to this position.
 */
export interface AwaitGoal {
  readonly tables: readonly Pick<ChosenTable, 'table' | 'oid' | 'published' | 'trouble'>[];
  readonly epoch: number;
  readonly lsn: Lsn;
  readonly copies: AwaitedCopies;
}

/**
 * Whether every chosen table that is neither parked nor unpublished has applied everything below
 * the position. A table that is still copied, or is to be copied anew, is waited for. Pure.
 */
export function awaitState(position: Position | null, { tables, epoch, lsn, copies }: AwaitGoal): AwaitState {
  const find = positionFinder(position?.tables ?? []);
  const chosen = tables.map((of) => ({ of, table: find(of) }));
  const parked = chosen.filter(({ table }) => table?.state === 'parked').map(({ of }) => of.table);
  const unpublished = chosen.filter(
    ({ of: { trouble }, table }) => trouble !== null && trouble.state !== 'waiting' && table?.state !== 'parked',
  );
  const waiting = chosen.filter(({ of, table }) => {
    if (table?.state === 'parked') return false;
    if (of.trouble?.state === 'unpublished' && !(of.published && isHere(table, epoch))) return false;
    // Of another table of that name it says nothing.
    if (table?.state === 'dropped') return oidOf(table.tableId) !== of.oid || !of.published;
    return (
      !of.published ||
      table?.state !== 'live' ||
      table.table !== of.table ||
      isOutdated(table, epoch) ||
      copiedAnew(table, copies) ||
      table.appliedLsn === null ||
      parseLsn(table.appliedLsn) < lsn
    );
  });
  const whole = position?.appliedLsn ?? null;
  const others = chosen.length > parked.length + unpublished.length || parked.length > 0;
  const nothingToWaitFor = others || (whole !== null && parseLsn(whole) >= lsn);
  return {
    done: waiting.length === 0 && position !== null && nothingToWaitFor,
    waitingFor: waiting.map(({ of: { table, trouble } }) => ({ table, heldUpBy: trouble?.state === 'waiting' ? trouble.message : null })),
    parked,
    unpublished: unpublished.flatMap(({ of }) => of.trouble?.message ?? []),
  };
}

/** The warehouse has a copy of it, or is at one. */
function isHere(table: TablePosition | undefined, epoch: number): boolean {
  return table !== undefined && !['waiting', 'dropped'].includes(table.state) && !isOutdated(table, epoch);
}

/** Whether what is read is not the newest copy that there is or was asked for. */
function copiedAnew({ table, tableId, generation }: TablePosition, { requested, finished }: AwaitedCopies): boolean {
  const asked = requested.some((one) => (one.tableId === null ? one.table === table : one.tableId === tableId));
  return asked || generation < (finished.get(tableId) ?? 0);
}
