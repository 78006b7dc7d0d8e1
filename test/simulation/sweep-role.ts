import { TailraceError } from '../../core/errors.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { LOG, rest } from './simulated-process.ts';
import type { Role, SimulatedProcess } from './simulated-process.ts';

/** Errors after which a sweeper tries again later, as compactor/upkeep/housekeeping.ts does. */
const LATER = ['LAKE_UNAVAILABLE', 'LAKE_CORRUPT'];

/** A role that has turn after turn. `begin`: makes what has the turns. */
export function sweepBy(begin: (process: SimulatedProcess) => () => Promise<unknown>): Role {
  return async (process) => {
    const turn = begin(process);
    for (;;) {
      try {
        await turn();
        process.progress();
      } catch (error) {
        if (!(error instanceof TailraceError) || !LATER.includes(error.code)) throw error;
      }
      await rest(process);
    }
  };
}

/** Sweeps the lake repeatedly. */
export const sweep: Role = sweepBy(({ store, time }) => {
  const sweeper = new Sweeper(store, new ManifestLog(store, LOG));
  return () => sweeper.sweep(time.elapsed());
});
