import { parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { oidOf } from '../core/table.ts';
import type { Position, TablePosition } from '../lake/readers.ts';
import { isOutdated, positionFinder } from '../monitor/status.ts';
import type { ChosenTable } from '../monitor/status.ts';

/** What still has to be waited for, and what is not waited for because it is parked. */
export interface AwaitState {
  readonly done: boolean;
  readonly waitingFor: readonly string[];
  readonly parked: readonly string[];
}

/** New copies of tables: what was asked for and is not there yet, by id where it was known, else by name; and the newest whole copy in the lake, by table id. */
export interface AwaitedCopies {
  readonly requested: readonly { readonly table: string; readonly tableId: string | null }[];
  readonly finished: ReadonlyMap<string, number>;
}

/** What is waited for: these tables, in this epoch of the slot (an earlier one's positions mean nothing), up to this position. */
export interface AwaitGoal {
  readonly tables: readonly Pick<ChosenTable, 'table' | 'oid'>[];
  readonly epoch: number;
  readonly lsn: Lsn;
  readonly copies: AwaitedCopies;
}

/** Whether every chosen table that is not parked has applied everything below the position. A table that is still copied, or is to be copied anew, is waited for. Pure. */
export function awaitState(position: Position | null, { tables, epoch, lsn, copies }: AwaitGoal): AwaitState {
  const known = position?.tables ?? [];
  const find = positionFinder(known);
  const chosen = tables.map((one) => ({ name: one.table, oid: one.oid, table: find(one) }));
  const nameOf = new Map(chosen.map(({ name, table }) => [table, name]));
  const parked = known.filter(({ state }) => state === 'parked').map((table) => nameOf.get(table) ?? table.table);
  const waiting = chosen.filter(({ name, oid, table }) => {
    if (table?.state === 'parked') return false;
    // Of another table of that name it says nothing.
    if (table?.state === 'dropped') return oidOf(table.tableId) !== oid;
    return (
      table?.state !== 'live' ||
      table.table !== name ||
      isOutdated(table, epoch) ||
      copiedAnew(table, copies) ||
      table.appliedLsn === null ||
      parseLsn(table.appliedLsn) < lsn
    );
  });
  const waitingFor = waiting.map(({ name }) => name);
  const whole = position?.appliedLsn ?? null;
  const nothingToWaitFor = tables.length > 0 || (whole !== null && parseLsn(whole) >= lsn);
  return { done: waitingFor.length === 0 && position !== null && nothingToWaitFor, waitingFor, parked };
}

/** Whether what is read is not the newest copy that there is or was asked for. */
function copiedAnew({ table, tableId, generation }: TablePosition, { requested, finished }: AwaitedCopies): boolean {
  const asked = requested.some((one) => (one.tableId === null ? one.table === table : one.tableId === tableId));
  return asked || generation < (finished.get(tableId) ?? 0);
}
