import { TailraceError } from '../../core/errors.ts';
import { lostToAnother, takeLease } from '../../lake/readers.ts';
import { rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/**
 * Owns a warehouse on a server, as compactor/open-context.ts does: it stands by while another
 * process works, takes the next lease, and lets the server obey it before it reads anything.
 */
export class ServerOwner {
  readonly #process: SimulatedProcess;
  readonly #warehouseId: string;
  #takers = 0;
  /** The lease that it has; 0: none. */
  #held = 0;

  constructor(process: SimulatedProcess, warehouseId: string) {
    this.#process = process;
    this.#warehouseId = warehouseId;
  }

  /** Returns the lease. WAREHOUSE_TAKEN: another process has taken one since. */
  async own(): Promise<number> {
    const { calls, name, store, world } = this.#process;
    const warehouse = world.warehouse(this.#warehouseId);
    if (this.#held === 0) this.#takers += 1;
    const by = `${name} ${this.#takers}`;
    if (this.#held > 0 && (await lostToAnother(store, this.#warehouseId, { after: this.#held, by }))) throw taken();
    while (this.#held === 0 && warehouse.owner !== name && world.isAwake(warehouse.owner)) await rest(this.#process);
    const lease = await takeLease(store, this.#warehouseId, by);
    this.#held = lease;
    await calls.make(name, `engine: take over with lease ${lease}`, () => {
      if (lease > warehouse.lease) [warehouse.lease, warehouse.owner] = [lease, name];
    });
    return lease;
  }

  /** It stands by from now on. */
  lose(): void {
    this.#held = 0;
  }
}

/** Another process has the warehouse. */
export function taken(): TailraceError {
  return new TailraceError('WAREHOUSE_TAKEN', 'another process has a later lease');
}
