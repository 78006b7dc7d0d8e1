import type { BuilderHold, BuilderLock, HoldOptions } from '../core/builder-hold.ts';
import { holdLease } from '../lake/builder-lease.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { Engine } from '../warehouse/engine.ts';

/** Where a lock is kept. */
export interface LockPlace {
  readonly engine: Engine;
  readonly store: ObjectStore;
  readonly warehouseId: string;
}

/**
 * Takes a lock of the builders of a warehouse. Embedded, it is a connection to the compactor that
 * owns the directory, and free as soon as its holder dies. On a server it is a lease in the lake,
 * and free within a minute.
 * Errors: TRANSFORM_IN_USE when another process has it and `wait` is false.
 */
export function holdBuilder({ engine, store, warehouseId }: LockPlace, lock: BuilderLock, options: HoldOptions): Promise<BuilderHold> {
  return engine.hold?.(lock, options) ?? holdLease({ store, warehouseId, lock }, options);
}
