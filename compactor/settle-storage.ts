import { beginAgain } from './begin-again.ts';
import type { CompactorContext } from './context.ts';
import { settledFacts } from './state/storage-version.ts';

/**
 * Brings the storage of a warehouse to the version of this program, and notes that. Where its rows
 * are of no use any more, every table is built again from the lake; the old ones stay readable
 * until then. It may be interrupted and repeated.
 */
export async function settleStorage({ state, engine, log }: Pick<CompactorContext, 'engine' | 'log' | 'state'>): Promise<void> {
  const { storage } = state;
  for (const { what } of storage.due) log.info({ what }, 'storage of the warehouse migrated');
  if (storage.due.some(({ rebuilds }) => rebuilds === true)) {
    log.warn({ version: storage.newest }, 'the warehouse is built again, in the storage of this version');
    await beginAgain({ state, engine }, { request: null, elsewhere: null });
  }
  await state.saveFacts(settledFacts(state.facts, storage));
}
