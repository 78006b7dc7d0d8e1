/**
 * A bell with one bit of memory instead of a queue: turns callbacks (a file watcher, a timer) into
 * something to iterate over.
 */
export class Wakeups {
  #rung = true;
  #stopped = false;
  #wake: () => void = () => undefined;

  /** Rings while nobody listens are heard as one. */
  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** No more rings: what was rung is still heard, then `rings` ends. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /**
   * Yields once at once, then after each ring; ends when the signal is aborted or after `stop`. For
   * one listener.
   */
  async *rings(signal: AbortSignal): AsyncGenerator<void> {
    const aborted = (): void => this.#wake();
    signal.addEventListener('abort', aborted);
    try {
      while (!signal.aborted) {
        if (this.#rung) {
          this.#rung = false;
          yield;
        } else if (this.#stopped) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }
}
