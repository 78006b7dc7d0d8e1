import { TailraceError } from '../../core/errors.ts';
import { manifestKey } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { FileEntry } from '../manifest.ts';
import type { PlannedFloor } from './floors.ts';

const CONCURRENT_READS = 8;

/** How far the data of each table was deleted, by id. */
export type SweptTo = ReadonlyMap<string, number>;

/** The data of one batch that may go. */
export interface FreeBatch {
  readonly manifest: number;
  readonly files: readonly FileEntry[];
}

/**
 * Data of batches that are above what was swept and at or below what is free, in the order of the
 * batches. Reads only manifests between the two.
 */
export async function* freeData(log: ManifestLog, floors: ReadonlyMap<string, PlannedFloor>, sweptTo: SweptTo): AsyncGenerator<FreeBatch> {
  const open = [...floors.values()].map(({ tableId, free }) => ({ from: sweptTo.get(tableId) ?? 0, to: free }));
  const due = open.filter(({ from, to }) => from < to);
  const end = Math.max(0, ...due.map(({ to }) => to));
  for (let number = Math.min(Number.POSITIVE_INFINITY, ...due.map(({ from }) => from)) + 1; number <= end; number += CONCURRENT_READS) {
    const numbers = Array.from({ length: Math.min(CONCURRENT_READS, end - number + 1) }, (_, index) => number + index);
    for (const [index, found] of (await Promise.all(numbers.map((one) => log.read(one)))).entries()) {
      const manifest = number + index;
      if (found === null) throw new TailraceError('LAKE_CORRUPT', `${manifestKey(manifest)} is missing, so nothing is swept`);
      const isFree = ({ tableId }: FileEntry): boolean =>
        manifest > (sweptTo.get(tableId) ?? 0) && manifest <= (floors.get(tableId)?.free ?? 0);
      yield { manifest, files: found.files.filter(isFree) };
    }
  }
}
