import type { ClientEvent } from './event-body.ts';

/** What became of an event. A `duplicate` was already in the table; an error keeps it out. */
export type Outcome = 'accepted' | 'duplicate' | { readonly error: string };

/** Most bytes of requests that wait; events alone do not bound the memory. */
const MOST_WAITING_BYTES = 128 * 1024 * 1024;
/** Events of one INSERT, at most, unless one request has more. */
const BATCH_EVENTS = 5_000;

interface WaitingRequest {
  readonly events: readonly ClientEvent[];
  readonly bytes: number;
  readonly done: (outcomes: readonly Outcome[]) => void;
}

/** Events of requests that are not answered yet, in order of arrival. */
export class WaitingEvents {
  readonly #most: number;
  #requests: WaitingRequest[] = [];
  #events = 0;
  #bytes = 0;
  #arrived: (() => void) | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  /** Events that wait or are being stored. */
  get size(): number {
    return this.#events;
  }

  /**
   * Lets the events of one request wait; resolves with an outcome for each. Null: there is no room.
   * Aborting `signal` takes them out, unless they are being stored already.
   */
  offer(events: readonly ClientEvent[], bytes: number, signal: AbortSignal): Promise<readonly Outcome[]> | null {
    if (this.#events + events.length > this.#most || this.#bytes + bytes > MOST_WAITING_BYTES) return null;
    return new Promise((resolve) => {
      const request = { events, bytes, done: resolve };
      this.#requests.push(request);
      this.#events += events.length;
      this.#bytes += bytes;
      signal.addEventListener('abort', () => this.#leave(request), { once: true });
      this.#arrived?.();
    });
  }

  /**
   * Stores what waits, batch by batch, until the signal is aborted. `store` gets the events of
   * whole requests, and returns only when their outcome is known.
   */
  async drain(store: (events: readonly ClientEvent[]) => Promise<readonly Outcome[]>, signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#arrived?.();
    signal.addEventListener('abort', wake);
    while (!signal.aborted || this.#requests.length > 0) {
      if (this.#requests.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
      const batch = this.#take();
      if (batch.length === 0) continue;
      const outcomes = await store(batch.flatMap(({ events }) => events));
      let from = 0;
      for (const request of batch) {
        this.#forget(request);
        request.done(outcomes.slice(from, from + request.events.length));
        from += request.events.length;
      }
    }
    signal.removeEventListener('abort', wake);
  }

  #take(): WaitingRequest[] {
    let events = 0;
    const end = this.#requests.findIndex((request, at) => (events += request.events.length) > BATCH_EVENTS && at > 0);
    return this.#requests.splice(0, end < 0 ? this.#requests.length : end);
  }

  #leave(request: WaitingRequest): void {
    const at = this.#requests.indexOf(request);
    if (at < 0) return;
    this.#requests.splice(at, 1);
    this.#forget(request);
  }

  #forget({ events, bytes }: WaitingRequest): void {
    this.#events -= events.length;
    this.#bytes -= bytes;
  }
}
