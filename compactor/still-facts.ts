import { epochOf, oidOf } from '../core/table.ts';
import type { GenerationState } from '../core/table-state.ts';
import type { CatalogEvent, Manifest } from '../lake/manifest.ts';
import type { CompactorContext } from './context.ts';
import { isInCopy } from './plan/plan.ts';
import type { Generation } from './state/generation.ts';
import { waitingGeneration } from './state/new-generation.ts';
import { dropTable, heldBack, park } from './transitions.ts';
import type { TransitionContext } from './transitions.ts';

/** States in which no window is applied to a generation. */
const STILL: ReadonlySet<GenerationState> = new Set(['waiting', 'copying', 'parked']);

type FactContext = TransitionContext & Pick<CompactorContext, 'schemas' | 'state'>;

/**
 * Takes facts about tables that no window is applied to: those just published, which wait for a
 * copy, and those dropped or held back before theirs. May be repeated.
 */
export async function takeFacts(context: FactContext, manifests: readonly Manifest[]): Promise<void> {
  const { state } = context;
  const published = new Map<string, Generation>();
  for (const [manifest, event] of manifests.flatMap((one) => one.catalog.map((fact) => [one, fact] as const))) {
    const known = [...state.generations(), ...published.values()].filter((one) => one.tableId === event.tableId);
    if (event.kind === 'published' && known.length === 0) published.set(event.tableId, await waiting(context, event));
    if (event.kind !== 'dropped' && event.kind !== 'held') continue;
    // Thousands of tables may be published at once, so they are saved together, but before
    // anything else happens to them.
    await state.save(...published.values());
    published.clear();
    // Live generations and those that catch up meet the fact in their own windows.
    const still = known.filter((one) => STILL.has(one.state) && !isInCopy(manifest, one) && !isInBase(manifest, one));
    if (event.kind === 'dropped') for (const one of [...still, ...earlierOf(event, state.generations())]) await dropTable(context, one);
    // No copy comes before the configuration fits, so a table that waits for one gets the reason.
    if (event.kind === 'held')
      for (const one of still.filter(({ state: its }) => its === 'waiting')) await park(context, one, heldBack(event));
  }
  await state.save(...published.values());
}

async function waiting({ schemas, state }: FactContext, event: CatalogEvent): Promise<Generation> {
  const schema = event.schema === undefined ? null : await schemas.get(event.tableId, event.schema);
  return waitingGeneration(event, schema, state.rebuild);
}

/** What earlier epochs have left of a table: it stays until the table of the next epoch is live. */
function earlierOf({ tableId }: CatalogEvent, generations: readonly Generation[]): Generation[] {
  const isEarlier = (one: Generation): boolean => one.oid === oidOf(tableId) && one.epoch < epochOf(tableId);
  return generations.filter((one) => isEarlier(one) && one.state !== 'dropped');
}

/** Whether what the batch says was known when the base of the generation was written. */
function isInBase({ number }: Manifest, { base }: Generation): boolean {
  return base !== undefined && number <= base.manifest;
}
