import type { Generation } from '../../../compactor/state/generation.ts';
import type { GenerationState } from '../../../core/table-state.ts';

/** A generation as a warehouse has stored it, in a state and in part otherwise. */
export function storedGeneration(state: GenerationState, more: Partial<Generation> = {}): Generation {
  return {
    tableId: '1_1',
    oid: 1,
    epoch: 1,
    generation: 1,
    rebuild: 0,
    schema: 'public',
    name: 'orders',
    identity: 'key',
    state,
    visible: false,
    storage: 's',
    schemaHash: 'a',
    consistentPoint: 1n,
    chunks: 0,
    position: { manifest: 0, files: 0, lsn: 1n },
    staged: null,
    appliedLsn: null,
    asOf: null,
    error: null,
    ...more,
  };
}
