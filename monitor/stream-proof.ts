import type { Lsn } from '../core/lsn.ts';

/** How many ends of the log are kept, for a stream that is behind. */
const ENDS = 32;

/** Where the log of the source ended at a time of its own clock. */
interface LogEnd {
  readonly lsn: Lsn;
  readonly atMs: number;
}

/**
 * The time as of which lake and warehouse are complete, although no manifest says so: the
 * replicator tells the source how far it has read with everything stored, and the log ended below
 * at a known time. So the lake is complete as of that time, and the warehouse once it has applied
 * all that is in the lake. Pure.
 */
export class StreamProof {
  readonly #ends: LogEnd[] = [];
  #lakeMs: number | null = null;
  #warehouseMs: number | null = null;

  /**
   * A look: the end of the log, then how far the stream was read (undefined: unknown), then whether
   * the warehouse had applied everything that the lake had after that.
   */
  look(end: LogEnd, written: Lsn | undefined, applied: boolean): void {
    const last = this.#ends.at(-1);
    // A failover may lose positions that nothing was committed at.
    if (last !== undefined && end.lsn < last.lsn) this.#ends.length = 0;
    this.#ends.push(end);
    if (this.#ends.length > ENDS) this.#ends.shift();
    if (written === undefined) return;
    while (this.#ends[0] !== undefined && this.#ends[0].lsn <= written) this.#lakeMs = this.#ends.shift()?.atMs ?? null;
    if (applied) this.#warehouseMs = this.#lakeMs;
  }

  /** By the source's clock, in ms since 1970; null: nothing is proven. */
  get lakeMs(): number | null {
    return this.#lakeMs;
  }

  /** By the source's clock, in ms since 1970; null: nothing is proven. */
  get warehouseMs(): number | null {
    return this.#warehouseMs;
  }
}
