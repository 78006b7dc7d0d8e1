import { setTimeout as sleep } from 'node:timers/promises';

/** Faults that last, and how each ends. */
export class Spells {
  readonly #lasting = new Set<{ readonly over: Promise<void>; readonly end: () => void | Promise<void> }>();

  /** Ends by itself after a time; null: once it is asked to. */
  begin(lastsMs: number | null, end: () => void | Promise<void>): void {
    const over = lastsMs === null ? Promise.resolve() : sleep(lastsMs);
    let ended: Promise<void> | null = null;
    const once = { over, end: () => (ended ??= Promise.resolve(end())) };
    this.#lasting.add(once);
    if (lastsMs !== null) void over.then(once.end);
  }

  /** Resolves once nothing lasts any more; faults without an end of their own are ended. */
  async calm(): Promise<void> {
    const lasting = [...this.#lasting];
    this.#lasting.clear();
    await Promise.all(lasting.map(({ over, end }) => over.then(end)));
  }
}
