import type { GenerationState } from '../../core/table-state.ts';

/** Contents of a storage, before merging. */
export interface StorageFacts {
  readonly state: GenerationState;
  readonly rows: number;
  readonly tombstones: number;
}

const LEAST_TOMBSTONES = 100_000;
const LEAST_SHARE = 0.3;

/**
 * Whether a storage is worth rewriting without its tombstones. Only for a live table between
 * windows: everything at or below its position is applied and recorded, so no older row of a
 * cleaned key can come back.
 */
export function shouldCleanUp({ state, rows, tombstones }: StorageFacts): boolean {
  return state === 'live' && tombstones > LEAST_TOMBSTONES && tombstones > rows * LEAST_SHARE;
}
