import type { WarehouseSpace } from '../../lake/readers.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { queryAll, sum } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';

const EVERY_MS = 60_000;

/** How large the warehouse is, measured once a minute. */
export class Space {
  #latest: WarehouseSpace | undefined;
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  /** undefined until it was measured. */
  get latest(): WarehouseSpace | undefined {
    return this.#latest;
  }

  async measure(engine: Engine, elapsedMs: number): Promise<void> {
    if (elapsedMs - this.#measuredAtMs < EVERY_MS) return;
    this.#measuredAtMs = elapsedMs;
    const found = await queryAll<{ bytes: string; free: string }>(engine, sql('space'));
    this.#latest = { bytes: sum(found, 'bytes'), freeBytes: Math.min(...found.map(({ free }) => Number(free))) };
  }
}
