import type { ObjectStore } from '../lake/object-store.ts';
import { getPosition, getPositions } from '../lake/readers.ts';
import type { Position } from '../lake/readers.ts';

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
