/**
 * Work that nothing waits for: it begins at most once per period, and never while it still runs.
 */
export class SideWork {
  readonly #everyMs: number;
  readonly #work: (elapsedMs: number) => Promise<void>;
  #begunAtMs: number;
  #running = false;

  /** `work` never rejects. `elapsedMs`: now; the first period begins here. */
  constructor(everyMs: number, elapsedMs: number, work: (elapsedMs: number) => Promise<void>) {
    this.#everyMs = everyMs;
    this.#work = work;
    this.#begunAtMs = elapsedMs;
  }

  /** Begins the work if it is due, and does not wait for it. */
  turn(elapsedMs: number): void {
    if (this.#running || elapsedMs - this.#begunAtMs <= this.#everyMs) return;
    this.#begunAtMs = elapsedMs;
    this.#running = true;
    void this.#work(elapsedMs).finally(() => (this.#running = false));
  }
}
