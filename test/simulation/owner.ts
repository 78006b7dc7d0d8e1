import { leaseHeld, takeLease } from '../../lake/readers.ts';
import { insist, restFor } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

const WAREHOUSE = 'shared';

/**
 * Owns a warehouse on a server, as one of several compactors does: takes the next lease, and looks
 * whether it holds it before each piece of work. It begins again when another one has it, and now
 * and then by itself.
 */
export async function own(process: SimulatedProcess): Promise<void> {
  const { store, random, world, name, wrong } = process;
  for (;;) {
    const n = await insist(() => takeLease(store, WAREHOUSE, name));
    if (world.leases.has(n)) wrong(`lease ${n} was taken twice`);
    world.leases.add(n);
    for (let works = random.between(1, 4); works > 0; works -= 1) {
      await restFor(process, random.between(1, 4));
      const later = Math.max(...world.leases);
      if (!(await insist(() => leaseHeld(store, WAREHOUSE, n)))) break;
      if (later > n) wrong(`holds lease ${n}, though ${later} was taken before it looked`);
    }
  }
}
