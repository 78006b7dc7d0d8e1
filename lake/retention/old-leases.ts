import { READERS_PREFIX, parseLeaseKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** How many of the last leases of a warehouse, or of a lock of its builders, stay. */
const KEPT_LEASES = 10;
/** Younger ones stay as well. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

interface Lease {
  readonly key: string;
  readonly n: number;
  readonly atMs: number;
}

/**
 * Removes old leases of warehouses on a server and of their builders, the least number first and
 * one at a time: where a number is gone, all before it are. So a holder that wakes late finds that
 * its own is gone, or the one before it (readers.ts, builder-lease.ts). Returns how many went.
 */
export async function sweepLeases(store: ObjectStore, nowMs: number): Promise<number> {
  const found = new Map<string, Lease[]>();
  for await (const { key, modified } of store.list(READERS_PREFIX)) {
    const parsed = parseLeaseKey(key);
    if (parsed === null) continue;
    const leases = found.get(parsed.of) ?? [];
    found.set(parsed.of, leases);
    leases.push({ key, n: parsed.n, atMs: modified.getTime() });
  }
  let removed = 0;
  for (const leases of found.values()) {
    for (const { key, atMs } of leases.toSorted((one, other) => one.n - other.n).slice(0, -KEPT_LEASES)) {
      if (nowMs - atMs < KEPT_MS) break;
      await store.delete(key);
      removed += 1;
    }
  }
  return removed;
}
