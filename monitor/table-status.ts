import { withoutCode } from '../core/errors.ts';
import type { TablePosition } from '../lake/readers.ts';
import { isOutdated, positionFinder } from '../lake/warehouse-position.ts';
import type { Cause } from './cause.ts';
import type { ChosenTable } from './chosen-tables.ts';
import { copyStatus } from './copy-status.ts';
import type { CopyStatus } from './copy-status.ts';
import { freshnessSeconds, laterTime } from './freshness.ts';
import type { StatusInput, TableStatus } from './status.ts';

/** The facts around a table, and what holds up all tables. */
interface Around {
  readonly input: StatusInput;
  readonly cause: Cause | null;
}

/** Every chosen table and every other table of the warehouse, ordered by name. */
export function tableStatuses(input: StatusInput, cause: Cause | null): TableStatus[] {
  const positions = input.position?.tables ?? [];
  const find = positionFinder(positions);
  const chosen = (input.source?.tables ?? input.lastTables).map((table) => ({ table, position: find(table) }));
  const named = new Set(chosen.map(({ position }) => position));
  return [
    ...chosen.map(({ table, position }) => chosenStatus(table, position, { input, cause })),
    ...positions.filter((position) => !named.has(position)).map((position) => restStatus(position, { input, cause })),
  ].toSorted((a, b) => (a.table < b.table ? -1 : 1));
}

/** Whether it is chosen but not replicated as a whole: a person has to change something. */
export function isUnpublished({ state, error }: Pick<TableStatus, 'state' | 'error'>): boolean {
  return state === 'unpublished' || (state === 'live' && error !== null);
}

function chosenStatus(chosen: ChosenTable, position: TablePosition | undefined, around: Around): TableStatus {
  const { trouble, published } = chosen;
  // A table that the warehouse dropped may exist again, under its name or as it was.
  const here = position?.state === 'dropped' ? undefined : position;
  const known = usualState(chosen.table, here, around);
  // A table outside the publication follows nothing, and its as-of is unknown.
  const usual = published || known === 'parked' ? known : 'waiting';
  const unpublished = trouble?.state === 'unpublished' && (!published || usual === 'waiting') && usual !== 'parked';
  const state = unpublished ? 'unpublished' : usual;
  const shownTrouble = trouble === null || (trouble.state === 'waiting' && state !== 'waiting') ? null : errorOf(trouble);
  const status = row(chosen.table, around, {
    state,
    asOf: published || state === 'parked' ? asOfState(state, position, around) : null,
    appendOnly: position?.appendOnly ?? chosen.appendOnly,
    ...historyOf(here),
    error: (state === 'parked' ? null : shownTrouble) ?? here?.error ?? shownTrouble,
  });
  return state === 'waiting' ? { ...status, cause: waitingCause(chosen, around) } : status;
}

/** A table that is no longer chosen, or that only the warehouse knows. */
function restStatus(position: TablePosition, around: Around): TableStatus {
  const { table, asOf, appendOnly, error } = position;
  return row(table, around, { state: usualState(table, position, around), asOf, appendOnly, ...historyOf(position), error });
}

function historyOf(position: TablePosition | undefined): Pick<TableStatus, 'historySince'> {
  return position?.historySince === undefined ? {} : { historySince: position.historySince };
}

/** A live table shares the position of the warehouse, and what the stream proves of it. */
function asOfState(state: TableStatus['state'], position: TablePosition | undefined, { input }: Around): string | null {
  const asOf = position?.asOf ?? null;
  return state === 'live' && asOf !== null ? laterTime(asOf, input.proven.warehouseMs) : asOf;
}

/** The state in the warehouse, or what the copies say. */
function usualState(table: string, position: TablePosition | undefined, { input }: Around): TablePosition['state'] {
  if (position !== undefined && position.state !== 'waiting' && !isOutdated(position, input.epoch)) return position.state;
  return input.copying.has(table) ? 'copying' : 'waiting';
}

function row(
  table: string,
  { input, cause }: Around,
  { state, asOf, appendOnly, error, ...history }: Pick<TableStatus, 'state' | 'asOf' | 'appendOnly' | 'error' | 'historySince'>,
): TableStatus {
  const copying = state === 'copying' ? input.copying.get(table) : undefined;
  const copy = copying === undefined ? null : copyStatus(copying, input.nowMs - input.clockOffsetMs);
  return {
    table,
    state,
    asOf,
    freshnessSeconds: freshnessSeconds(asOf, input.nowMs),
    slaSeconds: input.contract.targetMs(table) / 1000,
    appendOnly,
    ...history,
    ...(copy === null ? {} : { copy }),
    cause: stateCause(state, { error, copy, cause }),
    error,
  };
}

function errorOf({ code, message, at }: NonNullable<ChosenTable['trouble']>): NonNullable<TableStatus['error']> {
  return { code, message, at };
}

/** A transaction that is open for longer is named as what a copy waits for. */
const OPEN_SECONDS = 5;

function waitingCause({ trouble, published }: ChosenTable, { input }: Around): Cause {
  if (trouble?.state === 'waiting') return { stage: 'source', reason: withoutCode(trouble.message) };
  if (!published) return { stage: 'replicator', reason: 'it is not in the publication yet' };
  const open = input.source?.health.longestTransaction ?? null;
  if (open === null || open.seconds < OPEN_SECONDS) return { stage: 'snapshot', reason: 'its copy has not started' };
  const by = open.by === '' ? 'another session' : open.by;
  const reason = `its copy cannot start until older transactions end: a transaction of ${by} (pid ${open.pid}) has been open for ${Math.round(open.seconds)} s`;
  return { stage: 'source', reason };
}

/**
 * A live table is late for the same reason as the others. A table on its way waits for its copy
 * first.
 */
function stateCause(
  state: TableStatus['state'],
  { error, copy, cause }: { error: TableStatus['error']; copy: CopyStatus | null; cause: Cause | null },
): Cause | null {
  switch (state) {
    case 'parked':
      return { stage: 'parked', reason: error?.message ?? 'it failed' };
    case 'unpublished':
      return { stage: 'unpublished', reason: error?.message ?? 'it is in no publication' };
    case 'dropped':
      return null;
    case 'live':
      return cause;
    case 'waiting':
      return { stage: 'snapshot', reason: 'its copy has not started' };
    case 'catching-up':
      return { stage: 'compactor', reason: 'it is applying the changes made since its copy began' };
    case 'copying':
      return {
        stage: 'snapshot',
        reason: copy === null ? 'it is being copied' : `it is being copied; ${Math.floor(copy.share * 100)}% is in the lake`,
      };
  }
}
