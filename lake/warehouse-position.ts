import { epochOf, oidOf } from '../core/table.ts';
import type { ObjectStore } from './store/object-store.ts';
import { getPosition, getPositions } from './readers.ts';
import type { Position, TablePosition } from './readers.ts';

/**
 * The warehouse to look at. `alone` allows the position of another one when this one has none:
 * where the place of the warehouse cannot be seen from here (another container), the newest
 * position stands for it.
 */
export interface WarehouseChoice {
  readonly id: string;
  readonly alone: boolean;
}

/** How far the warehouse is, or null when it has never read this lake. */
export async function readPosition(store: ObjectStore, choice: WarehouseChoice): Promise<Position | null> {
  const own = await getPosition(store, choice.id);
  if (own !== null || !choice.alone) return own;
  const [newest = null] = await getPositions(store);
  return newest;
}

/**
 * Returns the position of a table. A table that has been renamed is found by its oid; the warehouse
 * may never learn the new name of a parked one.
 */
export function positionFinder(
  positions: readonly TablePosition[],
): (table: { readonly table: string; readonly oid: number }) => TablePosition | undefined {
  const byName = new Map(positions.map((position) => [position.table, position]));
  const byOid = new Map(positions.map((position) => [oidOf(position.tableId), position]));
  return ({ table, oid }) => byName.get(table) ?? byOid.get(oid);
}

/**
 * Whether a position belongs to an earlier epoch: its content is readable but no longer follows the
 * source.
 */
export function isOutdated(position: TablePosition, epoch: number): boolean {
  return position.state !== 'dropped' && epochOf(position.tableId) < epoch;
}
