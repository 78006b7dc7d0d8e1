import type { GenerationState } from '../core/table-state.ts';
import { TailraceError } from '../core/errors.ts';
import { onShards } from '../warehouse/cluster/shards.ts';
import { sql } from '../warehouse-sql/load.ts';
import { historyOf } from './state/generation.ts';
import type { Generation } from './state/generation.ts';
import { park } from './transitions.ts';
import type { TransitionContext } from './transitions.ts';

/** The fact with how many lost parts of the state are known. */
const KNOWN = 'lostParts';
/** Tables that say what was done. Only their rows on the first shard count. */
const STATE_TABLES = ['meta', 'generations'];
/** States in which a table is written. */
const WRITTEN: ReadonlySet<GenerationState> = new Set(['copying', 'catching-up', 'live']);

interface Lost {
  readonly name: string;
  readonly lost: string;
}

/**
 * Parks the tables of a cluster that have rows, or staged rows, which no replica has any more. When
 * the state lost rows, it may have forgotten what was resolved, so that is every table.
 */
export async function parkLost(context: TransitionContext): Promise<void> {
  const { engine, state, log } = context;
  if (engine.traits.cluster === undefined) return;
  const found = await onShards(engine, (shard) => shard.query<Lost>(sql('lost-parts')));
  const ofState = partsOf(found[0] ?? [], STATE_TABLES);
  const isNew = ofState > Number(state.fact(KNOWN) ?? 0);
  if (isNew) log.error({ parts: ofState }, 'the state of the warehouse lost rows');
  for (const one of state.generations().filter(({ state: its }) => WRITTEN.has(its))) {
    const parts = partsOf(found.flat(), [one.storage, one.staged?.staging, historyOf(one)]);
    if (parts > 0 || isNew) await park(context, one, lostRows(one, parts));
  }
  if (isNew) await state.saveFact(KNOWN, String(ofState));
}

function partsOf(found: readonly Lost[], names: readonly (string | undefined)[]): number {
  return found.reduce((total, { name, lost }) => (names.includes(name) ? total + Number(lost) : total), 0);
}

function lostRows({ storage }: Generation, parts: number): TailraceError {
  const of = parts > 0 ? `parts of ${storage} (${parts})` : 'parts of the state of the warehouse';
  return new TailraceError('WAREHOUSE_LOST_ROWS', `ClickHouse gave up ${of}: no replica has them any more`);
}
