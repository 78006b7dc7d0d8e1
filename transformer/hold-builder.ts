import { randomBytes } from 'node:crypto';
import type { BuilderHold, BuilderLock, HoldOptions } from '../core/builder-hold.ts';
import { holdLease } from '../lake/builder-lease.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import { endOtherLives } from '../warehouse/running-statements.ts';
import type { StatementLife } from '../warehouse/running-statements.ts';

/** Where a lock is kept. */
export interface LockPlace {
  readonly engine: Engine;
  readonly store: ObjectStore;
  readonly warehouseId: string;
}

/**
 * Takes a lock of the builders of a warehouse. Embedded, it is a connection to the compactor that
 * owns the directory, and free as soon as its holder dies. On a server it is a lease in the lake,
 * and free within a minute; what its last holder left running on the server is ended first.
 * Errors: TRANSFORM_IN_USE when another process has it and `wait` is false.
 */
export async function holdBuilder(
  { engine, store, warehouseId }: LockPlace,
  lock: BuilderLock,
  options: HoldOptions,
): Promise<BuilderHold> {
  if (engine.hold !== undefined) return engine.hold(lock, options);
  const hold = await holdLease({ store, warehouseId, lock }, options);
  const life: StatementLife = { warehouseId, part: `build-${lock}`, life: randomBytes(8).toString('hex') };
  try {
    engine.identify?.(life);
    await endOtherLives(engine, life);
    return hold;
  } catch (error) {
    await hold.release();
    throw error;
  }
}
