import type { Log } from '../../core/log.ts';
import { FEATURES, putFormat, readFormat } from './format.ts';
import type { Feature } from './format.ts';
import { openLake, refuseOlder } from '../lake-identity.ts';
import { ManifestLog } from '../manifest-log.ts';
import { TAP_PREFIX, getReaders, newestExpiry } from '../readers.ts';
import type { Position } from '../readers.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** A role of a version that does not know all features. */
export interface OlderRole {
  readonly role: 'replicate' | 'compact' | 'tap';
  /** Id of the writer or of the warehouse. */
  readonly id: string;
  /** When it wrote last, by its own clock; null: not known. */
  readonly at: string | null;
  readonly lacks: readonly Feature[];
}

/** What an upgrade has found and done. */
export interface UpgradeReport {
  /** Number of the format that is in force. */
  readonly format: number;
  /** Features that are on. */
  readonly features: readonly Feature[];
  /** Features that this upgrade has turned on. */
  readonly turnedOn: readonly Feature[];
  /** Roles that must be upgraded first; after something was turned on: that must be stopped. */
  readonly older: readonly OlderRole[];
}

/**
 * Turns on all features of this program that every registered reader and the last writer know.
 * Nothing is turned on while one of them does not. The new format is stored first and comes into
 * force second, so it may be interrupted and repeated. LAKE_MISSING, LAKE_TOO_NEW.
 */
export async function upgradeLake(store: ObjectStore, log: Log): Promise<UpgradeReport> {
  const { format: before } = await openLake(store, null);
  const missing = FEATURES.filter((feature) => !before.features.has(feature));
  const older = missing.length === 0 ? [] : await olderRoles(store, missing, log);
  if (missing.length === 0 || older.length > 0)
    return { format: before.number, features: [...before.features].toSorted(), turnedOn: [], older };
  // Another upgrade may do the same at once, or have broken off before the format was in force.
  let stored = await readFormat(store);
  while (missing.some((feature) => !stored.features.has(feature))) {
    await putFormat(store, stored.number + 1, new Set([...stored.features, ...FEATURES]));
    stored = await readFormat(store, stored);
  }
  await refuseOlder(store);
  // One that began in between finds the format at its next look, and ends.
  return {
    format: stored.number,
    features: [...stored.features].toSorted(),
    turnedOn: missing,
    older: await olderRoles(store, missing, log),
  };
}

async function olderRoles(store: ObjectStore, wanted: readonly Feature[], log: Log): Promise<OlderRole[]> {
  const lacks = (knows: readonly string[] = []): Feature[] => wanted.filter((feature) => !knows.includes(feature));
  const manifest = await new ManifestLog(store, log).newest(null);
  const writers = (manifest === null ? [] : [manifest]).map(
    ({ writer, times, knows }) => ({ role: 'replicate', id: writer, at: times?.stored ?? null, knows }) as const,
  );
  const readers = (await registered(store)).map(({ warehouseId: id, at, knows }) => {
    const role = id.startsWith(TAP_PREFIX) ? 'tap' : 'compact';
    return { role, id, at, knows } as const;
  });
  return [...writers, ...readers].flatMap(({ knows, ...one }) => (lacks(knows).length === 0 ? [] : [{ ...one, lacks: lacks(knows) }]));
}

/** Nothing is kept for a reader that was silent for so long that it expired. */
async function registered(store: ObjectStore): Promise<Position[]> {
  const found = (await getReaders(store)).map(async (one) => {
    const { warehouseId, expiries = 0 } = one;
    return (await newestExpiry(store, warehouseId, expiries)) > expiries ? [] : [one];
  });
  return (await Promise.all(found)).flat();
}
