import { basePrefix, generationPrefix, parseBaseKey, parseSnapshotKey } from '../keys.ts';
import { epochOf } from '../../core/table.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';
import type { BaseNames } from './base-names.ts';
import { isSuperseded } from './floors.ts';
import type { PlannedFloor } from './floors.ts';
import { baseText, copyText } from './roots.ts';
import type { RootBase, Roots } from './roots.ts';

/** A base that was begun, is followed by another one and was never ended, goes after this time. */
const UNFINISHED_MS = 7 * 24 * 60 * 60 * 1000;

/** What `supersededObjects` goes by. */
export interface SupersededFacts {
  readonly store: ObjectStore;
  readonly baseNames: BaseNames;
  readonly roots: Roots;
  readonly floors: ReadonlyMap<string, PlannedFloor>;
  /** By the clock of the store. */
  readonly storeNowMs: number;
}

/**
 * Objects of copies and bases that nothing needs any more, in groups: a group is gone before the
 * next one goes, so that what is left after a crash is found again.
 */
export async function* supersededObjects(facts: SupersededFacts): AsyncGenerator<ListedObject[]> {
  yield* supersededCopies(facts);
  const { bases } = facts.roots;
  for (const [tableId, all] of Map.groupBy(bases, (base) => base.tableId)) yield* supersededBases(facts, tableId, all);
}

/** Plan and end of a copy stay while its epoch does: they number the next copy. */
async function* supersededCopies({ store, roots, floors }: SupersededFacts): AsyncGenerator<ListedObject[]> {
  const loaded = new Set(roots.readers.flatMap(({ loads }) => [...loads]));
  for (const copy of roots.copies) {
    const floor = floors.get(copy.tableId);
    if (floor === undefined || loaded.has(copyText(copy))) continue;
    if (!(floor.whole || (copy.done && isSuperseded(copy, floor)))) continue;
    const whole = floor.whole && epochOf(copy.tableId) < roots.epoch;
    const [data, records]: [ListedObject[], ListedObject[]] = [[], []];
    for await (const object of store.list(generationPrefix(copy))) {
      const kind = parseSnapshotKey(object.key)?.kind;
      if (kind === 'data') data.push(object);
      else if (kind === 'chunk' || (whole && kind !== undefined)) records.push(object);
    }
    if (data.length > 0) yield data;
    if (records.length > 0) yield records;
  }
}

/**
 * A base goes with its records, and with all objects that it names unless a base that stays names
 * them too.
 */
async function* supersededBases(facts: SupersededFacts, tableId: string, all: readonly RootBase[]): AsyncGenerator<ListedObject[]> {
  const { baseNames, roots, floors } = facts;
  const floor = floors.get(tableId);
  if (floor === undefined) return;
  const loaded = new Set(roots.readers.flatMap(({ loads }) => [...loads]));
  const newest = all.at(-1);
  // While a base is written, it takes over objects of the one before.
  const continued = newest?.done === false ? all.findLast(({ done }) => done) : undefined;
  const going: RootBase[] = [];
  for (const base of all) {
    if (loaded.has(baseText(base)) || (!floor.whole && (base === newest || base === continued))) continue;
    if (base.done || floor.whole ? isSuperseded(base, floor) : await isBrokenOff(facts, base)) going.push(base);
  }
  if (going.length === 0) return;
  const kept = new Set<string>();
  for (const base of all) if (!going.includes(base)) for (const path of await baseNames.of(base)) kept.add(path);
  // The plan of the newest one numbers the next base.
  const last = floor.whole && epochOf(tableId) < roots.epoch ? null : newest;
  for (const base of going) yield* objectsOf(facts, base, { kept, keepsPlan: base === last });
}

async function* objectsOf(
  { store, baseNames }: SupersededFacts,
  base: RootBase,
  { kept, keepsPlan }: { kept: ReadonlySet<string>; keepsPlan: boolean },
): AsyncGenerator<ListedObject[]> {
  const data = new Map<string, ListedObject>();
  const records: ListedObject[] = [];
  const plans: ListedObject[] = [];
  for await (const object of store.list(basePrefix(base))) {
    const kind = parseBaseKey(object.key)?.kind;
    if (kind === 'data') data.set(object.key, object);
    else if (kind === 'plan') plans.push(object);
    else if (kind !== undefined) records.push(object);
  }
  for (const path of await baseNames.of(base)) {
    if (data.has(path)) continue;
    const found = await store.head(path);
    if (found !== null) data.set(path, { key: path, ...found });
  }
  const free = [...data.values()].filter(({ key }) => !kept.has(key));
  if (free.length > 0) yield free;
  if (records.length > 0) yield records;
  if (plans.length > 0 && !keepsPlan) yield plans;
}

async function isBrokenOff({ store, storeNowMs }: SupersededFacts, base: RootBase): Promise<boolean> {
  let newestMs = 0;
  for await (const { modified } of store.list(basePrefix(base))) newestMs = Math.max(newestMs, modified.getTime());
  return storeNowMs - newestMs > UNFINISHED_MS;
}
