import { TailraceError } from '../core/errors.ts';
import { qualifiedName } from '../core/table.ts';
import { wall } from '../core/time.ts';
import { MissingObject } from '../lake/missing-object.ts';
import { readFloors } from '../lake/retention/floors.ts';
import { SnapshotLog } from '../lake/snapshot-log.ts';
import type { CompactorContext } from './context.ts';
import { foundGeneration, usableCopies } from './found-copy.ts';
import { firstBatch } from './state/first-batch.ts';
import { frozen } from './state/frozen.ts';
import { compareGenerations } from './state/generation.ts';
import type { Generation } from './state/generation.ts';
import { standing } from './state/position.ts';
import { storedError } from './state/table-error.ts';
import { dropStorage } from './storage/storage.ts';

/** What is needed to begin a table again. */
export type SweptContext = Pick<
  CompactorContext,
  'bases' | 'baseProof' | 'engine' | 'history' | 'log' | 'manifests' | 'schemas' | 'state' | 'store' | 'until'
>;

/**
 * LAKE_SWEPT in place of the error when what a generation lacks may have been swept: it needs
 * something at or below the floor of its table. null: it has another cause.
 */
export async function sweptError(context: SweptContext, generation: Generation, error: unknown): Promise<TailraceError | null> {
  if (!(error instanceof MissingObject)) return null;
  const floor = (await readFloors(context.store)).get(generation.tableId) ?? 0;
  if (floor <= (await standsAt(context, generation))) return null;
  return new TailraceError('LAKE_SWEPT', `${error.path} was swept: the lake keeps changes of this table after batch ${floor}`, {
    cause: error,
  });
}

/**
 * Lets a table begin again at its newest base, under a rebuild number of its own. It stays readable
 * as it is until then. Returns the generation as it is afterwards; null: there is nothing to begin
 * with. It may be interrupted and repeated: the new generation is saved first.
 */
export async function beginAtBase(context: SweptContext, generation: Generation, error: TailraceError): Promise<Generation | null> {
  const { state, engine, log } = context;
  const coming = state.generations().some((one) => one.oid === generation.oid && isLoading(one) && compareGenerations(one, generation) > 0);
  const next = coming ? null : await laterGeneration(context, generation);
  if (!coming && next === null) return null;
  if (next !== null) await state.save(next);
  const old: Generation = generation.visible
    ? { ...frozen(generation, state.front), state: 'waiting', error: storedError(error, wall()) }
    : { ...generation, state: 'dropped', storage: '' };
  await state.save(old);
  if (old.storage === '' && generation.storage !== '') await dropStorage(engine, generation.storage);
  log.warn({ table: qualifiedName(generation.schema, generation.name), error: error.message }, 'table begins again at a base');
  return old;
}

/** What the table can begin with instead: a base or copy that needs only later batches. */
async function laterGeneration(context: SweptContext, generation: Generation): Promise<Generation | null> {
  const { state, store } = context;
  const copies = new SnapshotLog(store);
  const copy = (await usableCopies(context, copies)).findLast(({ tableId, done }) => tableId === generation.tableId && done);
  if (copy === undefined) return null;
  const lives = state.generations().filter((one) => one.oid === generation.oid);
  const rebuild = Math.max(state.rebuild, ...lives.map((one) => one.rebuild)) + 1;
  const found = await foundGeneration(context, copies, { copy, rebuild });
  if (found === null || found.generation > generation.generation) return found;
  return (await standsAt(context, found)) > (await standsAt(context, generation)) ? found : null;
}

/** The last batch that the generation does not need. */
async function standsAt(context: SweptContext, generation: Generation): Promise<number> {
  const { state } = context;
  if (generation.state === 'copying' && generation.base === undefined) return (await firstBatch(context, generation)) - 1;
  return standing(generation, state.front).manifest;
}

function isLoading({ state }: Generation): boolean {
  return state === 'copying' || state === 'catching-up';
}
