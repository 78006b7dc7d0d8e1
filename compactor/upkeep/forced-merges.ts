import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';

/**
 * Up to this size a storage may be rewritten completely after every quiet five minutes: that takes
 * seconds, and reads are fastest from one part.
 */
const LARGE_BYTES = 1_000_000_000;

/**
 * Storages are created with `min_age_to_force_merge_seconds`, which merges all parts of a quiet one
 * into one. For a large storage that means writing all of it because of a few changes, so the
 * setting is turned off as a storage grows. Returns the storages for which it was turned off.
 */
export async function endForcedMerges(engine: Engine, largeBytes: number = LARGE_BYTES): Promise<string[]> {
  const large = await engine.query<{ storage: string }>(sql('forced-merges', { bytes: String(largeBytes) }));
  for (const { storage } of large) await engine.exec(sql('end-forced-merges', { storage: quoteCh(storage) }));
  return large.map(({ storage }) => storage);
}
