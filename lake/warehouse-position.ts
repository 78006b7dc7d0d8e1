import { epochOf, oidOf } from '../core/table.ts';
import type { ObjectStore } from './store/object-store.ts';
import { getPosition, getPositions } from './readers.ts';
import type { Position, TablePosition } from './readers.ts';

/**
 * Which warehouse is looked at. `alone` allows another's position when this one has none: where the
 * warehouse's own place cannot be seen from here (another container), the newest position stands
 * for it.
 */
export interface WarehouseChoice {
  readonly id: string;
  readonly alone: boolean;
}

/** How far the warehouse is, or null when it never read this lake. */
export async function readPosition(store: ObjectStore, choice: WarehouseChoice): Promise<Position | null> {
  const own = await getPosition(store, choice.id);
  if (own !== null || !choice.alone) return own;
  const [newest = null] = await getPositions(store);
  return newest;
}

/**
 * Tells where a table stands. One that has another name by now, of which the warehouse may never
 * hear when it is parked, is told by its oid.
 */
export function positionFinder(
  positions: readonly TablePosition[],
): (table: { readonly table: string; readonly oid: number }) => TablePosition | undefined {
  const byName = new Map(positions.map((position) => [position.table, position]));
  const byOid = new Map(positions.map((position) => [oidOf(position.tableId), position]));
  return ({ table, oid }) => byName.get(table) ?? byOid.get(oid);
}

/**
 * Whether a position belongs to an earlier epoch: its content is readable, and no longer follows
 * the source.
 */
export function isOutdated(position: TablePosition, epoch: number): boolean {
  return position.state !== 'dropped' && epochOf(position.tableId) < epoch;
}
