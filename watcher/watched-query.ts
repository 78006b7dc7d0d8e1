import { describeError } from '../core/errors.ts';
import { eventBytes } from './event-client.ts';
import type { Answer } from './answer.ts';
import { isNews } from './input-state.ts';
import type { AnsweredAt, InputState } from './input-state.ts';
import type { WatchPlan } from './watch-plan.ts';

/** News of a query: its whole result, or why there is none. */
export type WatchEvent =
  | {
      readonly kind: 'rows';
      readonly at: AnsweredAt;
      /** JSON: `{ lsn, asOf, columns, types, rows, ms }`. */
      readonly data: string;
      /** As a server-sent event, shared by all clients. */
      readonly bytes: Buffer;
    }
  | {
      readonly kind: 'error';
      readonly error: unknown;
      /** A line with a code. */
      readonly data: string;
      readonly bytes: Buffer;
    };

export type WatchListener = (event: WatchEvent) => void;

/** What is watched: one SELECT, answered at most once in this time. */
export interface WatchedText {
  readonly select: string;
  readonly everyMs: number;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;
/** A turn may come this much early, so that queries of one time stay together. */
const TOLERANCE_MS = 50;

/** One distinct query and who listens to it. Times are those of a clock that never steps. */
export class WatchedQuery implements WatchedText {
  readonly select: string;
  readonly everyMs: number;
  readonly listeners = new Set<WatchListener>();
  /** null: not planned, or to be planned again. */
  plan: WatchPlan | null = null;
  plannedAtMs = Number.NEGATIVE_INFINITY;
  /** How often it was executed. */
  executions = 0;
  /** Since when nobody listens. */
  idleSinceMs = Number.POSITIVE_INFINITY;
  #latest: WatchEvent | null = null;
  #body = '';
  #seen: InputState | null = null;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #running = false;

  constructor({ select, everyMs }: WatchedText) {
    this.select = select;
    this.everyMs = everyMs;
  }

  get latest(): WatchEvent | null {
    return this.#latest;
  }

  /** Whether the latest answer is that of these inputs. */
  isCurrent(inputs: InputState): boolean {
    return this.#seen !== null && !isNews(inputs, this.#seen) && this.#failures === 0;
  }

  /**
   * When it is due while its inputs stand like this; null: it is not. `inputs` of null: unknown.
   * Queries with one `everyMs` are due together, so that they share a freeze.
   */
  dueAtMs(inputs: InputState | null): number | null {
    if (this.#running || this.listeners.size === 0) return null;
    const changed = inputs === null || this.#seen === null || isNews(inputs, this.#seen);
    const earliest = this.#startedAtMs + this.everyMs - TOLERANCE_MS;
    const next = Number.isFinite(earliest) ? Math.ceil(earliest / this.everyMs) * this.everyMs : 0;
    if (this.#failures === 0) return changed ? next : null;
    const retry = this.#endedAtMs + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    return changed && inputs !== null ? Math.min(next, retry) : retry;
  }

  /** An execution begins. */
  begin(nowMs: number): void {
    this.#running = true;
    this.#startedAtMs = nowMs;
  }

  /** `inputs`: how they stood at the execution. A result equal to the last one is not sent. */
  answered(at: AnsweredAt, { columns, types, rows, ms }: Answer, inputs: InputState): void {
    this.#seen = inputs;
    this.#failures = 0;
    const body = `"columns":${JSON.stringify(columns)},"types":${JSON.stringify(types)},"rows":${rows}`;
    if (this.#latest?.kind === 'rows' && this.#body === body) return;
    this.#body = body;
    const data = `{"lsn":${JSON.stringify(at.lsn)},"asOf":${JSON.stringify(at.asOf)},${body},"ms":${ms}}`;
    this.#publish({ kind: 'rows', at, data, bytes: eventBytes('rows', data, at.lsn) });
  }

  /** `tell`: false for a failure that may end by itself soon. */
  failed(error: unknown, { inputs, tell }: { inputs: InputState | null; tell: boolean }): void {
    if (inputs !== null) this.#seen = inputs;
    this.#failures += 1;
    this.plan = null;
    const event = errorEvent(error);
    if (!tell || (this.#latest?.kind === 'error' && this.#latest.data === event.data)) return;
    this.#body = '';
    this.#publish(event);
  }

  ended(nowMs: number): void {
    this.#running = false;
    this.#endedAtMs = nowMs;
  }

  #publish(event: WatchEvent): void {
    this.#latest = event;
    for (const listener of this.listeners) listener(event);
  }
}

/** A failure as clients see it. */
export function errorEvent(error: unknown): WatchEvent & { kind: 'error' } {
  const data = describeError(error);
  return { kind: 'error', error, data, bytes: eventBytes('error', data) };
}
