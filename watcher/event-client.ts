import type { ServerResponse } from 'node:http';
import { elapsed } from '../core/time.ts';

/** What is given to the socket at once. */
const SLICE_BYTES = 64 * 1024;
const LOOK_MS = 5_000;
/** A proxy may close a connection on which nothing comes. */
const STILL_HERE_MS = 15_000;
/** A client that takes nothing of an outdated event for this long is disconnected. */
const STALLED_MS = 10_000;
/** A client that takes nothing may keep this much of an event that others have already read. */
const HELD_BYTES = 512 * 1024;

/**
 * One client of server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). It gets the newest event of
 * each key only, and always whole. All clients share the bytes of an event. A client alone holds no
 * more than one slice, however much it has not read.
 */
export class EventClient {
  readonly #response: ServerResponse;
  readonly #waiting = new Map<string, Buffer>();
  readonly #look: NodeJS.Timeout;
  #sending: Buffer | null = null;
  #movedAtMs = elapsed();
  #sentAtMs = elapsed();

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    response.write('retry: 2000\n\n');
    response.on('drain', () => {
      this.#movedAtMs = elapsed();
      this.#flush();
    });
    response.on('error', () => response.destroy());
    this.#look = setInterval(() => this.#stillThere(), LOOK_MS).unref();
    response.once('close', () => {
      clearInterval(this.#look);
      this.#waiting.clear();
      this.#sending = null;
    });
  }

  /** Sends an event, in place of one with the same key that has not begun. */
  send(key: string, event: Buffer): void {
    if (this.#response.destroyed) return;
    this.#waiting.set(key, event);
    this.#flush();
  }

  /** Bytes that this client alone keeps in memory: what the socket has not taken. */
  get ownBytes(): number {
    return this.#response.writableLength;
  }

  #flush(): void {
    while (!this.#response.destroyed && !this.#response.writableNeedDrain) {
      this.#sending ??= this.#next();
      if (this.#sending === null) return;
      const rest = this.#sending;
      this.#sending = rest.length > SLICE_BYTES ? rest.subarray(SLICE_BYTES) : null;
      this.#response.write(rest.subarray(0, SLICE_BYTES));
      this.#sentAtMs = elapsed();
    }
  }

  #next(): Buffer | null {
    for (const [key, event] of this.#waiting) {
      this.#waiting.delete(key);
      return event;
    }
    return null;
  }

  #stillThere(): void {
    if (!this.#response.writableNeedDrain) {
      if (elapsed() - this.#sentAtMs > STILL_HERE_MS) this.#response.write(': still here\n\n');
      return;
    }
    const outdated = this.#waiting.size > 0 && (this.#sending?.buffer.byteLength ?? 0) > HELD_BYTES;
    if (outdated && elapsed() - this.#movedAtMs > STALLED_MS) this.#response.destroy();
  }
}

/** One event as bytes; `data` has no line break. */
export function eventBytes(name: string, data: string, id: string | null = null): Buffer {
  return Buffer.from(`${id === null ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`);
}
