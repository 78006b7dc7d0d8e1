import type { Generation } from './state/generation.ts';
import { dropStorage } from './storage/storage.ts';
import type { Front } from './state/front.ts';
import type { CompactorContext } from './context.ts';

/**
 * Every table stands still where it is, readable, and is built anew from the copies and batches of
 * the lake, under the next number of a rebuild. `request`: which request is served by it.
 * `elsewhere`: where the lake is read on from, when that is not where it was, and the epoch whose
 * copies count. May be broken off and repeated.
 */
export async function beginAnew(
  context: CompactorContext,
  how: { readonly request: string | null; readonly elsewhere: { readonly front: Front; readonly epoch: number } | null },
): Promise<void> {
  const { state, engine } = context;
  const { appliedLsn, asOf } = state.front;
  const old = state.generations().filter((one) => one.state !== 'dropped' && one.generation > 0);
  const unseen = old.filter((one) => !one.visible);
  await state.save(
    ...old.map((one): Generation => {
      if (!one.visible) return { ...one, state: 'dropped', storage: '' };
      return one.state === 'live' ? { ...one, state: 'waiting', appliedLsn, asOf } : one;
    }),
  );
  await state.saveFact('rebuildFrom', String(how.elsewhere?.epoch ?? 0));
  await state.saveFact('rebuild', String(state.rebuild + 1));
  if (how.request !== null) await state.saveFact('rebuildRequest', how.request);
  // The front is saved last: as long as it is another history's, all this is done again.
  if (how.elsewhere !== null) await state.saveFront(how.elsewhere.front);
  for (const one of unseen) if (one.storage !== '') await dropStorage(engine, one.storage);
}
