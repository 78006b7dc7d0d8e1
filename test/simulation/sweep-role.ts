import { TailraceError } from '../../core/errors.ts';
import { PageKeeper } from '../../lake/retention/page-keeper.ts';
import { SmallObjects } from '../../lake/retention/small-objects.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { PAGE_SIZE, streamOf } from './lake-parts.ts';
import { LOG, rest } from './simulated-process.ts';
import type { Role, SimulatedProcess } from './simulated-process.ts';

/** Errors after which a sweeper tries again later, as compactor/upkeep/housekeeping.ts does. */
const LATER = ['LAKE_UNAVAILABLE', 'LAKE_CORRUPT'];

/** A role that has turn after turn. `begin`: makes what has the turns. */
export function turnBy(begin: (process: SimulatedProcess) => () => Promise<unknown>): Role {
  return async (process) => {
    const turn = begin(process);
    for (;;) {
      try {
        await turn();
        process.progress();
      } catch (error) {
        if (!(error instanceof TailraceError) || !LATER.includes(error.code)) throw error;
        if (error.code === 'LAKE_CORRUPT') process.calls.note(`${process.name}: ${error.message}`);
      }
      await rest(process, 24);
    }
  };
}

/** Sweeps the lake repeatedly. */
export const sweep: Role = turnBy((process) => {
  const sweeper = new Sweeper(process.store, streamOf(process), process.world.policy, { deletesNamed: true });
  return () => sweeper.sweep(process.time.elapsed());
});

/** Puts manifests together into pages, and removes small objects. */
export const keepPages: Role = turnBy((process) => {
  const { store, time, random, world } = process;
  const manifests = streamOf(process);
  const small = new SmallObjects(store, manifests);
  const keeper = new PageKeeper({
    store,
    manifests,
    log: LOG,
    graceMs: world.policy.graceMs,
    time,
    pageSize: PAGE_SIZE,
  });
  return () => (random.chance(0.06) ? small.sweep() : keeper.turn());
});
