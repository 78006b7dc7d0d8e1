import type { Front } from './front.ts';
import type { Generation } from './generation.ts';
import { standing } from './position.ts';

/**
 * A generation that no longer moves with the front keeps its exact position: applied changes must
 * not be applied again after its tombstones were cleaned up.
 */
export function frozen(generation: Generation, front: Front): Generation {
  if (generation.state !== 'live') return generation;
  return { ...generation, position: standing(generation, front), appliedLsn: front.appliedLsn, asOf: front.asOf };
}
