import type { WarehouseSpace } from '../../lake/readers.ts';
import type { Engine, LaggingReplica } from '../../warehouse/engine.ts';
import { queryAll, sum } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';

const EVERY_MS = 60_000;

/** How large the warehouse is, and which of its replicas lag. */
export class Space {
  #latest: WarehouseSpace | undefined;
  #lagging: readonly LaggingReplica[] = [];
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  /** undefined until it was measured. */
  get latest(): WarehouseSpace | undefined {
    return this.#latest;
  }

  get lagging(): readonly LaggingReplica[] {
    return this.#lagging;
  }

  /** Takes long where a replica is cut off: it answers nothing. */
  async askReplicas(engine: Engine): Promise<void> {
    this.#lagging = (await engine.lagging?.()) ?? [];
  }

  /** Once a minute. */
  async measure(engine: Engine, elapsedMs: number): Promise<void> {
    if (elapsedMs - this.#measuredAtMs < EVERY_MS) return;
    this.#measuredAtMs = elapsedMs;
    const found = await queryAll<{ bytes: string; free: string }>(engine, sql('space'));
    this.#latest = { bytes: sum(found, 'bytes'), freeBytes: Math.min(...found.map(({ free }) => Number(free))) };
  }
}
