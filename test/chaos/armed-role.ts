import type { Failpoint } from '../../core/failpoint.ts';
import type { Role } from './crew.ts';

/** Failpoints of an ordeal, and the role whose process reaches each. */
export const ARMED_ROLE: Readonly<Partial<Record<Failpoint, Role>>> = {
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

/** Failpoints that are reached while a model is built, from its freeze on. */
export const ARMED_WITH_MODELS: typeof ARMED_ROLE = {
  'clone-created': 'compact',
  'freeze-cloned': 'compact',
  'freeze-saved': 'compact',
  'freeze-shown': 'compact',
  'freeze-dropping': 'compact',
  'model-built': 'transform',
  'run-tested': 'transform',
  'model-shown': 'transform',
};

/** Failpoints of the command `export`. */
export const EXPORT_FAILPOINTS: readonly Failpoint[] = ['export-file-put', 'export-manifest-put'];

/** Every failpoint that an ordeal can hit. */
export const FAILPOINTS: readonly string[] = [...Object.keys(ARMED_ROLE), ...Object.keys(ARMED_WITH_MODELS), ...EXPORT_FAILPOINTS];
