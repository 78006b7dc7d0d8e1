import type { Failpoint } from '../../core/failpoint.ts';
import type { Role } from './crew.ts';

type ArmedRole = Readonly<Partial<Record<Failpoint, Role>>>;

/** Failpoints that are reached while a lake is made, and the role whose process does. */
export const ARMED_AT_START: ArmedRole = {
  'lake-made': 'replicate',
  'publication-made': 'replicate',
  'slot-made': 'replicate',
  'epoch-made': 'replicate',
};

/** Failpoints that are reached repeatedly. */
export const ARMED_ANY_TIME: ArmedRole = {
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
  'base-cloned': 'compact',
  'base-chunk-put': 'compact',
  'base-done': 'compact',
  'floor-put': 'compact',
  'object-swept': 'compact',
};

/** Failpoints that are reached while a model is built, from its freeze on. */
export const ARMED_WITH_MODELS: ArmedRole = {
  'clone-created': 'compact',
  'freeze-cloned': 'compact',
  'freeze-saved': 'compact',
  'freeze-shown': 'compact',
  'freeze-dropping': 'compact',
  'model-built': 'transform',
  'run-tested': 'transform',
  'model-shown': 'transform',
};

/** Failpoints that only a lake of a thousand manifests reaches, in this order. */
export const ARMED_IN_LONG_LAKES: ArmedRole = { 'page-put': 'compact', 'singles-gone': 'compact' };

/** Failpoints of the command `export`. */
export const EXPORT_FAILPOINTS: readonly Failpoint[] = ['export-file-put', 'export-manifest-put'];

/** Every failpoint that an ordeal can hit. */
export const FAILPOINTS: readonly string[] = [
  ...[ARMED_AT_START, ARMED_ANY_TIME, ARMED_WITH_MODELS, ARMED_IN_LONG_LAKES].flatMap((armed) => Object.keys(armed)),
  ...EXPORT_FAILPOINTS,
];
