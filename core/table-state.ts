/** States of a generation; compactor/state/generation.ts says what each means. */
export const GENERATION_STATES = ['waiting', 'copying', 'catching-up', 'live', 'parked', 'dropped'] as const;
export type GenerationState = (typeof GENERATION_STATES)[number];

/** States of a chosen table. `unpublished`: it cannot be replicated, so it has no generation. */
export const TABLE_STATES = ['unpublished', ...GENERATION_STATES] as const;

/** Whether a table is on its way to being live, so that it need only be waited for. */
export function isComing(state: string): boolean {
  return state === 'waiting' || state === 'copying' || state === 'catching-up';
}
