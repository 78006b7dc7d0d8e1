/** A bell: rings while nobody listens are remembered as one. */
export interface Wakeups {
  ring(): void;
  /** No more rings: what was rung is still heard, then `rings` ends. */
  stop(): void;
  /** Yields once at once, then after each ring; ends when the signal is aborted or after `stop`. */
  rings(): AsyncGenerator<void>;
}

/** Turns callbacks (a file watcher, a timer) into something to iterate over, with one bit of memory instead of a queue. */
export function wakeups(signal: AbortSignal): Wakeups {
  let rung = true;
  let stopped = false;
  let wake = (): void => undefined;
  const ring = (): void => {
    rung = true;
    wake();
  };
  const stop = (): void => {
    stopped = true;
    wake();
  };
  async function* rings(): AsyncGenerator<void> {
    const aborted = (): void => wake();
    signal.addEventListener('abort', aborted);
    try {
      while (!signal.aborted) {
        if (rung) {
          rung = false;
          yield;
        } else if (stopped) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }
  return { ring, stop, rings };
}
