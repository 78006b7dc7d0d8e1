import { historyViewOf } from './table.ts';

/** States of a generation; compactor/state/generation.ts says what each means. */
export const GENERATION_STATES = ['waiting', 'copying', 'catching-up', 'live', 'parked', 'dropped'] as const;
export type GenerationState = (typeof GENERATION_STATES)[number];

/** States of a chosen table. `unpublished`: it cannot be replicated, so it has no generation. */
export const TABLE_STATES = ['unpublished', ...GENERATION_STATES] as const;

/** Whether a table is on its way to being live, so that it need only be waited for. */
export function isComing(state: string): boolean {
  return state === 'waiting' || state === 'copying' || state === 'catching-up';
}

/** What a position says about a table, and about its history. */
interface Kept {
  readonly table: string;
  readonly state: GenerationState;
  readonly historySince?: string | undefined;
}

/**
 * The tables of a position, and before them their histories under the names of their views, so that
 * a table with such a name counts in a map. A history is where its table is. A table that is not
 * live yet may have one.
 */
export function withHistories<T extends Kept>(tables: readonly T[]): T[] {
  const kept = tables.filter(({ state, historySince }) => historySince !== undefined || isComing(state));
  return [...kept.map((one) => ({ ...one, table: historyViewOf(one.table) })), ...tables];
}
