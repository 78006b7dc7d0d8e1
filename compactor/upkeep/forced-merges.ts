import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';

/**
 * Up to this size a storage may be rewritten whole after every quiet five minutes: it takes
 * seconds, and reads are quickest from one part.
 */
const LARGE_BYTES = 1_000_000_000;

/**
 * Storages are made with `min_age_to_force_merge_seconds`, which merges all parts of a quiet one
 * into one. For a large one that means to write all of it because of a few changes, so it is taken
 * off as a storage grows. Returns the storages that it was taken from.
 */
export async function endForcedMerges(engine: Engine, largeBytes: number = LARGE_BYTES): Promise<string[]> {
  const large = await engine.query<{ storage: string }>(sql('forced-merges', { bytes: String(largeBytes) }));
  for (const { storage } of large) await engine.exec(sql('end-forced-merges', { storage: quoteCh(storage) }));
  return large.map(({ storage }) => storage);
}
