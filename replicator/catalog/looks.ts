import { describeError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { TableFacts } from './table-facts.ts';

/** Content of our message that requests a look at the catalog; the id of the request follows. */
const REQUEST = /^look:([0-9a-z-]{1,64})$/;
/** Anyone may write such messages, so their number is bounded. */
const MOST_REQUESTS = 100;

/** The catalog as it was before a position. It counts once the stream has passed that position. */
export interface Look {
  /** From `CatalogWatch.beginLook`. */
  readonly number: number;
  readonly tables: ReadonlyMap<number, TableFacts>;
  /**
   * Tables that were not in their publication and are now, each with the number of the look that
   * added it, 0 before the session. Someone had removed the known ones.
   */
  readonly added: ReadonlyMap<number, number>;
  /** Tables whose place in the publications could not be set this time; the look ignores them. */
  readonly unsure?: readonly number[];
  /** Ids of the requests that it answers. */
  readonly askers: readonly string[];
  /** A position above every commit that the look saw. */
  readonly at: Lsn;
  /** The transaction that the session waits for had ended before the look. */
  readonly lastEnded: boolean;
}

/**
 * The looks at the catalog: requested by messages in the stream, taken by the heartbeat, settled by
 * the session once the stream has passed them, and then answered.
 *
 * DDL without rows (a table dropped or created, a partition removed) has no place in the stream. An
 * answered request proves that all such DDL committed before it is among the facts in the lake.
 * Requests outlive sessions: the next session does not read a request again when its batch was
 * published.
 */
export class Looks {
  readonly #answer: (id: string) => Promise<void>;
  readonly #log: Log;
  /** Requests that no look serves yet. */
  readonly #requested = new Set<string>();
  /** Requests that a look serves and that are not answered yet. */
  readonly #served = new Set<string>();
  #waiting: Look | null = null;
  #wake: () => void = () => undefined;

  /** `answer` stores the answer to one request. */
  constructor(answer: (id: string) => Promise<void>, log: Log) {
    this.#answer = answer;
    this.#log = log;
  }

  /** Reads the content of one of our messages; most are no requests. */
  hear(content: string): void {
    const id = REQUEST.exec(content)?.[1];
    if (id !== undefined && this.#requested.size < MOST_REQUESTS) this.#request([id]);
  }

  get requested(): boolean {
    return this.#requested.size > 0;
  }

  /** A look begins: returns the ids of the requests that it will answer. */
  begin(): readonly string[] {
    const ids = [...this.#requested];
    for (const id of ids) this.#served.add(id);
    this.#requested.clear();
    return ids;
  }

  /** True while a look waits for the stream. */
  get waiting(): boolean {
    return this.#waiting !== null;
  }

  /** The look is complete and waits for the stream. Only while no other one waits. */
  wait(look: Look): void {
    this.#waiting = look;
  }

  /** Gives up a look that was begun: the next one answers its requests. */
  giveUp(askers: readonly string[]): void {
    for (const id of askers) this.#served.delete(id);
    this.#request(askers);
  }

  /** The look that waits, once the stream is at or beyond its position; the caller settles it. */
  passed(position: Lsn): Look | null {
    const look = this.#waiting;
    if (look === null || position < look.at) return null;
    this.#waiting = null;
    return look;
  }

  /**
   * The facts of a look are in the batch: answers its requests. Never rejects: an unanswered
   * request is sent again.
   */
  async settled({ askers }: Look): Promise<void> {
    try {
      for (const id of askers) {
        await this.#answer(id);
        this.#served.delete(id);
      }
    } catch (error) {
      this.#log.warn({ error: describeError(error) }, 'a look at the catalog could not be answered');
    }
  }

  /** A session begins: what the last one left unanswered is requested again. */
  restart(): void {
    this.#waiting = null;
    this.giveUp([...this.#served]);
  }

  /** Resolves at the next request, after the time, or when the signal is aborted. */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#requested.size > 0) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await abortableSleep(ms, AbortSignal.any([signal, woken.signal]));
  }

  #request(ids: readonly string[]): void {
    for (const id of ids) this.#requested.add(id);
    if (ids.length > 0) this.#wake();
  }
}
