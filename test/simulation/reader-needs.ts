import { expiredKey } from '../../lake/keys.ts';
import type { Position } from '../../lake/readers.ts';
import type { JudgedObjects } from './restore-points.ts';

/** By reader and table: the last batch that it needs no longer. */
export type ReaderNeeds = ReadonlyMap<string, number>;

/** What registered readers that were not expired say they need. */
export function readerNeeds(objects: JudgedObjects): ReaderNeeds {
  const needs = new Map<string, number>();
  for (const key of objects.keys('readers/')) {
    if (!key.endsWith('/position.json')) continue;
    const position = objects.json(key) as Position;
    if (objects.peek(expiredKey(position.warehouseId, (position.expiries ?? 0) + 1)) !== null) continue;
    for (const { tableId, needs: need } of position.tables)
      if (need !== null) needs.set(`${position.warehouseId} ${tableId}`, need?.manifest ?? position.manifest);
  }
  return needs;
}
