import { doneKey, generationPrefix, parseSnapshotKey, planKey } from '../keys.ts';
import { getReaders } from '../readers.ts';
import { SnapshotLog } from '../snapshot-log.ts';
import type { ListedCopy } from '../snapshot-log.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';

/** A copy that was broken off goes this long after a later one was finished. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Removes copies that were never finished, if a later copy of their table was: then no reader
 * begins with them, even if somebody ends them after all. One that a warehouse still has stays.
 * Data goes first, then records, and the plan last: what a crash leaves is found again. Returns how
 * many copies went.
 */
export async function sweepCopies(store: ObjectStore, nowMs: number): Promise<number> {
  const copies = await new SnapshotLog(store).listed();
  const broken: ListedCopy[] = [];
  for (const copy of copies) {
    const later = copies.findLast((other) => other.done && other.tableId === copy.tableId && other.generation > copy.generation);
    if (copy.done || later === undefined) continue;
    const ended = await store.head(doneKey(later));
    if (ended !== null && nowMs - ended.modified.getTime() >= KEPT_MS) broken.push(copy);
  }
  if (broken.length === 0) return 0;
  const held = await heldCopies(store);
  let removed = 0;
  for (const copy of broken) if (!held.has(generationPrefix(copy)) && (await remove(store, copy, nowMs))) removed += 1;
  return removed;
}

/** Prefixes of copies that a warehouse names in its position. */
async function heldCopies(store: ObjectStore): Promise<Set<string>> {
  const positions = await getReaders(store);
  return new Set(positions.flatMap(({ tables }) => tables.map((table) => generationPrefix(table))));
}

/** False when something of it is too young. */
async function remove(store: ObjectStore, copy: ListedCopy, nowMs: number): Promise<boolean> {
  const [data, records]: [ListedObject[], ListedObject[]] = [[], []];
  for await (const object of store.list(generationPrefix(copy))) {
    if (nowMs - object.modified.getTime() < KEPT_MS) return false;
    const kind = parseSnapshotKey(object.key)?.kind;
    // It was ended after all.
    if (kind === 'done') return false;
    if (kind === 'data') data.push(object);
    else if (kind === 'chunk') records.push(object);
  }
  for (const { key } of [...data, ...records]) await store.delete(key);
  await store.delete(planKey(copy));
  return true;
}
