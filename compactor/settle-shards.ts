import { TailraceError } from '../core/errors.ts';
import { isRebuildOf, openRequests } from '../lake/control.ts';
import { shardsOf } from '../warehouse/cluster/shards.ts';
import { beginAgain } from './begin-again.ts';
import type { CompactorContext } from './context.ts';

/** The fact with the number of shards over which rows are spread. */
const SHARDS = 'shards';

/**
 * Notes over how many shards rows are spread. With another number each key would belong to another
 * shard, so every table is built again from the lake when a rebuild is asked for. Until then:
 * WAREHOUSE_RESHARDED. It may be interrupted and repeated.
 */
export async function settleShards(
  { engine, state, store }: Pick<CompactorContext, 'engine' | 'state' | 'store'>,
  warehouseId: string,
): Promise<void> {
  const now = String(shardsOf(engine).length);
  const before = state.fact(SHARDS) ?? '1';
  if (before === now) return;
  if (state.generations().length > 0) {
    const request = (await openRequests(store, ['rebuild'])).find((one) => isRebuildOf(one, warehouseId));
    if (request === undefined)
      throw new TailraceError('WAREHOUSE_RESHARDED', `the warehouse was spread over ${before} and the cluster has ${now} shards`);
    await beginAgain({ state, engine }, { request: request.id, elsewhere: null });
  }
  await state.saveFact(SHARDS, now);
}
