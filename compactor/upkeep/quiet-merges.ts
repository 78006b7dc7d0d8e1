import { queryAll, sum } from '../../warehouse/cluster/shards.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { isWorthMerging } from '../state/worth-merging.ts';

/**
 * Longer than between two looks, so that a storage that has become one part is not rewritten again
 * because of the first change after that.
 */
const QUIET_SECONDS = 120;

/** Numbers of 64 bits come as text. */
interface Found {
  readonly storage: string;
  readonly bytes: string;
  readonly rows: string;
  readonly apart: string;
  readonly merging: number;
}

/** Storages whose merging was turned on or off. */
interface Turned {
  readonly on: readonly string[];
  readonly off: readonly string[];
}

/**
 * Reads are fastest from one part. Storages that have enough changed rows outside of their largest
 * part become one part once they are quiet; ClickHouse merges them in the background. Without
 * enough of them a merge would write all of a table because of a few changes.
 */
export async function turnQuietMerges(engine: Engine, largeBytes?: number): Promise<Turned> {
  const [on, off]: [string[], string[]] = [[], []];
  for (const [storage, found] of Map.groupBy(await queryAll<Found>(engine, sql('storage-parts')), (one) => one.storage)) {
    const worth = isWorthMerging({ bytes: sum(found, 'bytes'), rows: sum(found, 'rows'), apart: sum(found, 'apart') }, largeBytes);
    if (worth === found.some(({ merging }) => merging === 1)) continue;
    await engine.exec(sql('merge-when-quiet', { storage: quoteCh(storage), seconds: worth ? String(QUIET_SECONDS) : '0' }));
    (worth ? on : off).push(storage);
  }
  return { on, off };
}
