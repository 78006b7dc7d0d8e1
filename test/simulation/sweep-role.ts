import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Errors after which a sweeper tries again later, as compactor/upkeep/housekeeping.ts does. */
const LATER = ['LAKE_UNAVAILABLE', 'LAKE_CORRUPT'];

/** Sweeps the lake repeatedly. */
export async function sweep(process: SimulatedProcess): Promise<void> {
  const sweeper = new Sweeper(process.store, new ManifestLog(process.store, silentLogger()));
  for (;;) {
    try {
      await sweeper.sweep(process.time.elapsed());
    } catch (error) {
      if (!(error instanceof TailraceError) || !LATER.includes(error.code)) throw error;
    }
    await rest(process);
  }
}
