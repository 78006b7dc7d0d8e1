import { channel } from 'node:diagnostics_channel';

/**
 * Named steps at which a test can kill the process. The product must recover from a crash at each.
 */
export type Failpoint =
  | 'lake-made'
  | 'publication-made'
  | 'slot-made'
  | 'epoch-made'
  | 'data-put'
  | 'manifest-put'
  | 'snapshot-planned'
  | 'chunk-put'
  | 'chunk-named'
  | 'snapshot-done'
  | 'page-put'
  | 'singles-gone'
  | 'window-staged'
  | 'window-merged'
  | 'window-marked'
  | 'chunks-loaded'
  | 'view-changed'
  | 'export-file-put'
  | 'export-manifest-put'
  | 'clone-created'
  | 'freeze-cloned'
  | 'freeze-saved'
  | 'freeze-shown'
  | 'freeze-dropping'
  | 'model-built'
  | 'run-tested'
  | 'model-shown'
  | 'base-cloned'
  | 'base-chunk-put'
  | 'base-done'
  | 'floor-put'
  | 'object-swept';

const [armed, nth = '1'] = (process.env['TAILRACE_FAILPOINT'] ?? '').split(':');
let left = Number(nth);

/** The channel on which this process says which step it has reached. */
export const steps = channel('tailrace.step');

/**
 * Dies as by SIGKILL when `TAILRACE_FAILPOINT=<name>[:<nth>]` names this step; does nothing
 * otherwise.
 */
export function failpoint(name: Failpoint): void {
  steps.publish(name);
  if (armed !== name) return;
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}
