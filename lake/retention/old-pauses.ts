import { PAUSE_PREFIX, parsePauseKey } from '../keys.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';

/** Younger ones stay. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Removes pauses, and ends of pauses, that a later one has replaced, the least number first and one
 * at a time. The first one and the last one of a role stay: so who finds no first one knows that
 * there is none, and who finds the one that it knows has missed none (pauses.ts). Returns how many
 * went.
 */
export async function sweepPauses(store: ObjectStore, nowMs: number): Promise<number> {
  const found = new Map<string, { readonly n: number; readonly object: ListedObject }[]>();
  for await (const object of store.list(PAUSE_PREFIX)) {
    const of = parsePauseKey(object.key);
    if (of !== null) found.set(of.role, [...(found.get(of.role) ?? []), { n: of.n, object }]);
  }
  let removed = 0;
  for (const pauses of found.values()) {
    const replaced = pauses.toSorted((one, other) => one.n - other.n).slice(0, -1);
    for (const { n, object } of replaced) {
      if (n === 1) continue;
      if (nowMs - object.modified.getTime() < KEPT_MS) break;
      await store.delete(object.key);
      removed += 1;
    }
  }
  return removed;
}
