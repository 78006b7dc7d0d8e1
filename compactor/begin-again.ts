import type { Generation } from './state/generation.ts';
import { dropStorage } from './storage/storage.ts';
import type { Front } from './state/front.ts';
import type { CompactorContext } from './context.ts';

/**
 * Stops every table where it is, readable, and lets it be built again from the copies and batches
 * of the lake, under the next rebuild number. `request`: the request that this serves. `elsewhere`:
 * set when the lake is read on from another position: that position, and the epoch whose copies
 * count. It may be interrupted and repeated.
 */
export async function beginAgain(
  { state, engine }: Pick<CompactorContext, 'engine' | 'state'>,
  how: { readonly request: string | null; readonly elsewhere: { readonly front: Front; readonly epoch: number } | null },
): Promise<void> {
  const { appliedLsn, asOf } = state.front;
  const old = state.generations().filter((one) => one.state !== 'dropped' && one.generation > 0);
  const unseen = old.filter((one) => !one.visible);
  await state.save(
    ...old.map((one): Generation => {
      if (!one.visible) return { ...one, state: 'dropped', storage: '' };
      const kept = how.elsewhere === null ? one : { ...one, history: undefined };
      return one.state === 'live' ? { ...kept, state: 'waiting', appliedLsn, asOf } : kept;
    }),
  );
  await state.saveFact('rebuildFrom', String(how.elsewhere?.epoch ?? 0));
  // A table that has begun again by itself has a later rebuild of its own.
  const rebuild = state.generations().reduce((most, one) => Math.max(most, one.rebuild), state.rebuild);
  await state.saveFact('rebuild', String(rebuild + 1));
  if (how.request !== null) await state.saveFact('rebuildRequest', how.request);
  // The front is saved last: while it is that of another history, all of this is done again.
  if (how.elsewhere !== null) await state.saveFront(how.elsewhere.front);
  for (const one of unseen) if (one.storage !== '') await dropStorage(engine, one.storage);
}
