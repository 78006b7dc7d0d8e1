import type { Lsn } from '../core/lsn.ts';

/** Least time between heartbeat manifests while the source asks for an answer. */
export const REQUESTED_MS = 1_000;

/**
 * A keepalive's position that is due for a heartbeat manifest, or the time until one may be due.
 */
export type HeartbeatDecision = { readonly kind: 'publish'; readonly to: Lsn } | { readonly kind: 'wait'; readonly ms: number | null };

/**
 * Which position may be acknowledged: the `to` of a stored manifest, exactly, and nothing else. A
 * keepalive's position is put into a heartbeat manifest first, and only while nothing that was
 * received is unpublished: all commits below it are then in the lake.
 */
export class Acker {
  #durable: Lsn;
  #walEnd: Lsn = 0n;
  #requested = false;
  readonly #everyMs: number;
  #lastStoredMs: number;

  /**
   * Times are milliseconds of one clock that never steps. `everyMs`: time from the last manifest to
   * an unrequested heartbeat manifest.
   */
  constructor(durable: Lsn, nowMs: number, everyMs: number) {
    this.#durable = durable;
    this.#everyMs = everyMs;
    this.#lastStoredMs = nowMs;
  }

  /** The `to` of the last stored manifest. */
  get durable(): Lsn {
    return this.#durable;
  }

  /** The source waits for a later position, as at a shutdown. */
  get requested(): boolean {
    return this.#requested;
  }

  /**
   * How far the stream was read, while nothing with content is unpublished below `position`, the
   * end of the batch under construction: below it, everything is in the lake or was not for us.
   */
  reached(position: Lsn): Lsn {
    return this.#walEnd > position ? this.#walEnd : position;
  }

  /** The source has nothing to send below `walEnd`. */
  keepalive(walEnd: Lsn, replyRequested: boolean): void {
    if (walEnd > this.#walEnd) this.#walEnd = walEnd;
    if (replyRequested) this.#requested = true;
  }

  /**
   * A manifest was stored, which proves freshness as a heartbeat does. Returns the position to
   * acknowledge.
   */
  stored(to: Lsn, nowMs: number): Lsn {
    this.#lastStoredMs = nowMs;
    if (to > this.#durable) this.#durable = to;
    if (this.#durable >= this.#walEnd) this.#requested = false;
    return this.#durable;
  }

  /**
   * `idle`: nothing received is unpublished, no transaction is open and none is on its way to the
   * lake.
   */
  heartbeat(idle: boolean, nowMs: number): HeartbeatDecision {
    if (!idle || this.#walEnd <= this.#durable) return { kind: 'wait', ms: null };
    const dueMs = this.#lastStoredMs + (this.#requested ? REQUESTED_MS : this.#everyMs);
    if (nowMs < dueMs) return { kind: 'wait', ms: dueMs - nowMs };
    return { kind: 'publish', to: this.#walEnd };
  }
}
