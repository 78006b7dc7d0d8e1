import { readEpochs } from '../lake/epoch.ts';
import { eventfulManifests } from '../lake/pages/eventful.ts';
import type { CompactorContext } from './context.ts';
import { firstBatches } from './state/first-batch.ts';
import { frontAt, pointsOf } from './state/front.ts';
import { takeFacts } from './still-facts.ts';

/** One window takes this many batches. */
const MANY = 1_000;

/**
 * Lets the front of a new warehouse begin where the first of its tables needs a batch: at the least
 * base or copy. An old lake has a year of batches before it. They count for what they say of tables
 * without a copy. It may be interrupted and repeated.
 */
export async function beginFront(context: CompactorContext): Promise<void> {
  const { state, store, manifests, log } = context;
  if (state.front.manifest > 0) return;
  const begun = state.generations().filter((one) => one.generation > 0 && one.state !== 'dropped');
  if (begun.length === 0) return;
  const firstOf = firstBatches(context);
  const first = Math.min(...(await Promise.all(begun.map(async (one) => one.base?.manifest ?? (await firstOf(one)) - 1))));
  if (first <= MANY) return;
  const at = await manifests.read(first);
  // A batch that is missing is for the front to find.
  if (at === null) return;
  log.info({ manifest: first }, 'no table needs the batches up to this one');
  await takeFacts(context, await eventfulManifests(store, manifests, first));
  await state.saveFront(frontAt(at, pointsOf((await readEpochs(store)).filter(({ epoch }) => epoch <= at.epoch))));
}
