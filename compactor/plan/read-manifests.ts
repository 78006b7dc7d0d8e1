import { TailraceError } from '../../core/errors.ts';
import { linkError } from '../../lake/manifest.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import { sum } from './plan.ts';

/** Limits of a window; more waits for the next one. */
export interface WindowLimits {
  readonly manifests: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Reads this many ahead when many are there. */
const AHEAD = 16;

/** Consecutive batches, and whether the next one was looked for and is not there. */
export interface FoundBatches {
  readonly batches: readonly StoredManifest[];
  readonly atEnd: boolean;
}

/**
 * The batches after a number: as many as are there and fit into a window, at least one if there is
 * one. `upTo` null: up to the last one stored; otherwise all of them are known to exist.
 * LAKE_CORRUPT when one is missing or does not continue the one before it.
 */
export async function readManifests(
  log: ManifestLog,
  range: { after: number; upTo: number | null; limits: WindowLimits },
): Promise<FoundBatches> {
  const { after, upTo, limits } = range;
  const found: StoredManifest[] = [];
  let rows = 0;
  let bytes = 0;
  let width = 1;
  const isFull = (): boolean => found.length >= limits.manifests || rows >= limits.rows || bytes >= limits.bytes;
  while (!isFull()) {
    const first = after + found.length + 1;
    const last = Math.min(first + width - 1, upTo ?? Number.MAX_SAFE_INTEGER);
    if (last < first) break;
    const batches = await Promise.all(Array.from({ length: last - first + 1 }, (_, index) => readOrError(log, first + index)));
    const missing = batches.indexOf(null);
    for (const batch of missing < 0 ? batches : batches.slice(0, missing)) {
      if (batch === null) break;
      if (isFull()) return { batches: found, atEnd: false };
      const error = batch instanceof TailraceError ? batch : errorAfter(found.at(-1), batch);
      // The front moves up to the error, so that it stands there at the next start.
      if (error !== null && upTo === null && found.length > 0) return { batches: found, atEnd: false };
      if (error !== null || batch instanceof TailraceError) throw error;
      found.push(batch);
      rows += sum(batch.files, 'rows');
      bytes += sum(batch.files, 'bytes');
    }
    if (missing >= 0 && upTo !== null && found.length === 0) await log.requireNoHole(after + 1);
    if (missing >= 0) return { batches: found, atEnd: true };
    // The batches of an idle source come one by one: looking for more than the next one costs money
    // on S3 and finds nothing.
    if (found.at(-1)?.heartbeat !== true) width = Math.min(width * 2, AHEAD);
  }
  return { batches: found, atEnd: false };
}

/** LAKE_CORRUPT as a value: the batches before it may still be of use. */
function readOrError(log: ManifestLog, number: number): Promise<StoredManifest | TailraceError | null> {
  return log.read(number).catch((error: unknown) => {
    if (error instanceof TailraceError && error.code === 'LAKE_CORRUPT') return error;
    throw error;
  });
}

function errorAfter(before: StoredManifest | undefined, next: StoredManifest): TailraceError | null {
  return before === undefined ? null : linkError(before, next, 'LAKE_CORRUPT');
}
