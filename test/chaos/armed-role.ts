import type { Failpoint } from '../../core/failpoint.ts';
import type { ROLES } from '../world/world.ts';

/** Failpoints of an ordeal, and the role whose process reaches each. */
export const ARMED_ROLE: Readonly<Partial<Record<Failpoint, (typeof ROLES)[number]>>> = {
  'lake-made': 'replicate',
  'publication-made': 'replicate',
  'slot-made': 'replicate',
  'epoch-made': 'replicate',
  'data-put': 'replicate',
  'manifest-put': 'replicate',
  'snapshot-planned': 'snapshot',
  'chunk-put': 'snapshot',
  'chunk-named': 'snapshot',
  'snapshot-done': 'snapshot',
  'window-staged': 'compact',
  'window-merged': 'compact',
  'window-marked': 'compact',
  'chunks-loaded': 'compact',
  'view-changed': 'compact',
};
