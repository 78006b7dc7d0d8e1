/**
 * A bell with one bit of memory instead of a queue: turns callbacks (a file watcher, a timer) into
 * something to iterate over.
 */
export class Wakeups {
  #rung = true;
  #stopped = false;
  #wake: () => void = () => undefined;

  /** Rings without a listener are heard as one. */
  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Ends `rings` after the ring that is still pending. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /**
   * Yields at once, then after each ring. Ends when the signal is aborted or after `stop`. For one
   * listener.
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
