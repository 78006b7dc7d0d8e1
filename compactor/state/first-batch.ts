import { parseLsn } from '../../core/lsn.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { Generation } from './generation.ts';
import type { WarehouseState } from './warehouse-state.ts';

/**
 * Number of the first batch that can have a commit at or above the consistent point of a copy:
 * batches are ordered by epoch and end.
 */
export async function firstBatch(
  { manifests, state }: { readonly manifests: ManifestLog; readonly state: Pick<WarehouseState, 'front'> },
  { epoch, consistentPoint }: Generation,
): Promise<number> {
  const last = await manifests.last(state.front.manifest || undefined);
  const first = await manifests.firstNotBelow(
    last?.number ?? 0,
    (one) => one.epoch < epoch || (one.epoch === epoch && parseLsn(one.to) <= consistentPoint),
  );
  // A missing or broken batch right before it may be the first.
  if (first > 1 && (await manifests.read(first - 1)) === null) await manifests.requireNoHole(first - 1);
  return first;
}

/**
 * The same for several generations: copies of one snapshot share the search, as each of its steps
 * reads a whole manifest.
 */
export function firstBatches(context: Parameters<typeof firstBatch>[0]): (of: Generation) => Promise<number> {
  const searches = new Map<string, Promise<number>>();
  return (of) => {
    const point = `${of.epoch}/${of.consistentPoint}`;
    const search = searches.get(point) ?? firstBatch(context, of);
    searches.set(point, search);
    return search;
  };
}
