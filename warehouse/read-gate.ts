import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a query may take to be planned. One that has no rows after this time is taken for
 * planned: it is at work, and does not look at views any more. No move waits longer.
 */
const PLANNED_MS = 2_000;

/**
 * Keeps queries from being planned while several views move, so that no query sees half of the
 * move. Queries that are planned already go on.
 */
export class ReadGate {
  readonly #plannedMs: number;
  readonly #planned = new Set<Promise<void>>();
  #closed: Promise<void> | null = null;

  constructor(plannedMs: number = PLANNED_MS) {
    this.#plannedMs = plannedMs;
  }

  /**
   * Starts a query once the gate is open. It counts as being planned until `begun` settles, or
   * until its time is over.
   */
  async pass<Q extends { readonly begun: Promise<unknown> }>(start: () => Q): Promise<Q> {
    while (this.#closed !== null) await this.#closed;
    const query = start();
    this.#count(query.begun);
    return query;
  }

  /** Runs `work` while no query is planned; those that come wait. One at a time. */
  async close(work: () => Promise<void>): Promise<void> {
    while (this.#closed !== null) await this.#closed;
    const done = Promise.all(this.#planned).then(work);
    this.#closed = done.then(
      () => this.#open(),
      () => this.#open(),
    );
    await done;
  }

  #open(): void {
    this.#closed = null;
  }

  #count(begun: Promise<unknown>): void {
    const over = sleep(this.#plannedMs, undefined, { ref: false });
    const planned: Promise<void> = Promise.race([begun, over]).then(
      () => void this.#planned.delete(planned),
      () => void this.#planned.delete(planned),
    );
    this.#planned.add(planned);
  }
}
