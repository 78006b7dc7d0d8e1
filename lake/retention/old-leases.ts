import { READERS_PREFIX, leaseKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** How many of the last leases of a warehouse stay. */
const KEPT_LEASES = 10;
/** Younger ones stay as well. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

interface Lease {
  readonly n: number;
  readonly atMs: number;
}

/**
 * Removes old leases of warehouses on a server, the least number first and one at a time: where a
 * number is gone, all before it are. So a holder that wakes late finds that its own is gone, or the
 * one before it (readers.ts). Returns how many went.
 */
export async function sweepLeases(store: ObjectStore, nowMs: number): Promise<number> {
  const found = new Map<string, Lease[]>();
  for await (const { key, modified } of store.list(READERS_PREFIX)) {
    const [, warehouseId = '', n = ''] = /^readers\/([^/]+)\/lease-(\d+)\.json$/.exec(key) ?? [];
    if (n === '') continue;
    const leases = found.get(warehouseId) ?? [];
    found.set(warehouseId, leases);
    leases.push({ n: Number(n), atMs: modified.getTime() });
  }
  let removed = 0;
  for (const [warehouseId, leases] of found) {
    for (const { n, atMs } of leases.toSorted((one, other) => one.n - other.n).slice(0, -KEPT_LEASES)) {
      if (nowMs - atMs < KEPT_MS) break;
      await store.delete(leaseKey(warehouseId, n));
      removed += 1;
    }
  }
  return removed;
}
