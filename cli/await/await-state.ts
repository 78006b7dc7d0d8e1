import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { oidOf } from '../../core/table.ts';
import type { Position, TablePosition } from '../../lake/readers.ts';
import type { ChosenTable } from '../../monitor/chosen-tables.ts';
import { isOutdated, positionFinder } from '../../lake/warehouse-position.ts';

/** The tables to wait for, and the tables that are not waited for. */
export interface AwaitState {
  readonly done: boolean;
  readonly waitingFor: readonly AwaitedTable[];
  readonly parked: readonly string[];
  /** Messages of tables that are not replicated, or only in part; they are not waited for. */
  readonly unpublished: readonly string[];
}

/** A table to wait for, and the cause of its delay where it is known. */
interface AwaitedTable {
  readonly table: string;
  readonly heldUpBy: string | null;
}

/**
 * New copies of tables. `requested`: not finished yet, by id where it is known, else by name.
 * `finished`: the newest whole copy in the lake, by table id.
 */
export interface AwaitedCopies {
  readonly requested: readonly { readonly table: string; readonly tableId: string | null }[];
  readonly finished: ReadonlyMap<string, number>;
}

/**
 * The goal: these tables have applied everything up to this position, in this epoch of the slot.
 * Positions of an earlier epoch mean nothing.
 */
export interface AwaitGoal {
  readonly tables: readonly Pick<ChosenTable, 'table' | 'oid' | 'published' | 'trouble'>[];
  readonly epoch: number;
  readonly lsn: Lsn;
  readonly copies: AwaitedCopies;
}

/**
 * Whether every chosen table that is neither parked nor unpublished has applied everything below
 * the position. It waits for a table that is being copied or will be copied again. Pure.
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
    // The dropped table may be an earlier one of the same name.
    if (table?.state === 'dropped') return oidOf(table.tableId) !== of.oid || !of.published;
    return (
      !of.published ||
      table?.state !== 'live' ||
      table.table !== of.table ||
      isOutdated(table, epoch) ||
      hasNewerCopy(table, copies) ||
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

/** Whether the warehouse has a copy of the table, or is building one. */
function isHere(table: TablePosition | undefined, epoch: number): boolean {
  return table !== undefined && !['waiting', 'dropped'].includes(table.state) && !isOutdated(table, epoch);
}

/** Whether a newer copy than the one that is read exists or was requested. */
function hasNewerCopy({ table, tableId, generation }: TablePosition, { requested, finished }: AwaitedCopies): boolean {
  const asked = requested.some((one) => (one.tableId === null ? one.table === table : one.tableId === tableId));
  return asked || generation < (finished.get(tableId) ?? 0);
}
