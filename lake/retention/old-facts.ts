import { z } from 'zod';
import { readJson } from '../json-object.ts';
import { FACTS_PREFIX, parseFactsKey, tableFactsKey } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** Facts stay that a manifest of this time names. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

const index = z.object({ tables: z.record(z.string(), z.string()) });

/**
 * Removes facts that no manifest of the last days names. An object was put for the manifest of its
 * number, and only manifests that follow one another name it. So one that is not newer than a
 * manifest, and is not named by it, is named by no later one either: its writer has lost that
 * number, however late it wakes. Returns how many objects went.
 */
export async function sweepFacts(
  store: ObjectStore,
  { manifests, nowMs }: { readonly manifests: ManifestLog; readonly nowMs: number },
): Promise<number> {
  const keys: string[] = [];
  for await (const key of keysOf(store, FACTS_PREFIX)) keys.push(key);
  const newest = await manifests.newest(null);
  if (newest === null) return 0;
  const oldest = await firstSince(manifests, newest.number, nowMs - KEPT_MS);
  const facts = (await manifests.read(oldest))?.facts;
  const named = facts === undefined ? null : await namesOf(store, facts);
  if (named === null) return 0;
  const old = keys.filter((key) => {
    const number = parseFactsKey(key)?.number;
    // Facts of all tables in one object are only named by manifests before the first index.
    return number !== undefined && (number ?? 0) <= oldest && !named.has(key);
  });
  for (const key of old) await store.delete(key);
  return old.length;
}

/** Keys that a manifest names by its facts; null: it has no index, or the index is not there. */
async function namesOf(store: ObjectStore, facts: string): Promise<Set<string> | null> {
  if (parseFactsKey(facts)?.number == null) return null;
  const found = await readJson(store, index, facts);
  if (found === null) return null;
  return new Set([facts, ...Object.entries(found.tables).map(([tableId, name]) => tableFactsKey(tableId, name))]);
}

/** Number of the first manifest that was stored at a time or later; at least the newest. */
async function firstSince(manifests: ManifestLog, newest: number, sinceMs: number): Promise<number> {
  let low = 1;
  let high = newest;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const stored = await manifests.storedAt(middle);
    if (stored === null || stored.getTime() < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
