import { describeError, TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { timerMs } from '../core/timer.ts';
import { getModels } from '../lake/models-report.ts';
import { Attention } from '../lake/store/attention.ts';
import { storeChanges } from '../lake/store/store-changes.ts';
import { Wakeups } from '../lake/store/wakeups.ts';
import { readerPrefix } from '../lake/keys.ts';
import { readPosition } from '../lake/warehouse-position.ts';
import { Answering } from './answering.ts';
import type { AnsweringOptions } from './answering.ts';
import { inputState, shownAt } from './input-state.ts';
import type { AnsweredAt } from './input-state.ts';
import { WATCH_LIMITS } from './watch-limits.ts';
import type { WatchLimits } from './watch-limits.ts';
import type { Standing } from './watch-plan.ts';
import { WatchedQuery } from './watched-query.ts';
import type { WatchedText, WatchListener } from './watched-query.ts';

export interface WatcherOptions extends Omit<AnsweringOptions, 'limits' | 'signal'> {
  readonly limits?: Partial<WatchLimits>;
}

/** Ends one watch; may be called again. */
export type Unwatch = () => void;

/** What the pages of this room need of a watcher. */
export type Watching = Pick<Watcher, 'limits' | 'watch' | 'currentAt' | 'check'>;

/** After its last listener has left, a query stays for this long: most of them come again. */
const LINGER_MS = 10_000;
/** A warehouse that does not say where it stands may be restarting. */
const SILENT_MS = 8_000;
/** Looks at a lake that cannot be watched cost money. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * Answers SELECTs again when their inputs changed: one execution for each distinct query, for all
 * who listen. It looks at the lake only while somebody listens.
 */
export class Watcher implements AsyncDisposable {
  readonly limits: WatchLimits;
  readonly #options: WatcherOptions;
  readonly #answering: Answering;
  readonly #stop = new AbortController();
  readonly #bell = new Wakeups();
  readonly #queries = new Map<string, WatchedQuery>();
  readonly #under = new Set<Promise<void>>();
  readonly #attention = new Attention(LONGEST_PAUSE_MS, elapsed());
  #standing: Standing | null = null;
  #silentSinceMs = Number.POSITIVE_INFINITY;
  #working: Promise<void> | null = null;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.limits = { ...WATCH_LIMITS, ...options.limits };
    this.#answering = new Answering({ ...options, limits: this.limits, signal: this.#stop.signal });
  }

  /** How many queries are watched, and how often they were executed since each was new. */
  get figures(): { readonly queries: number; readonly listeners: number; readonly executions: number } {
    const all = [...this.#queries.values()];
    return {
      queries: all.length,
      listeners: all.reduce((sum, { listeners }) => sum + listeners.size, 0),
      executions: all.reduce((sum, { executions }) => sum + executions, 0),
    };
  }

  /**
   * Calls `listener` with the latest event, if there is one, and with each later one. Throws
   * WATCH_LIMIT when too many distinct queries are watched.
   */
  watch(text: WatchedText, listener: WatchListener): Unwatch {
    const key = keyOf(text);
    const query = this.#queries.get(key) ?? this.#add(key, text);
    query.listeners.add(listener);
    query.idleSinceMs = Number.POSITIVE_INFINITY;
    if (query.latest !== null) listener(query.latest);
    this.#start();
    return () => {
      if (!query.listeners.delete(listener)) return;
      if (query.listeners.size === 0) query.idleSinceMs = elapsed();
      this.#bell.ring();
    };
  }

  /** The position of the warehouse has changed: the lake is looked at without waiting. */
  moved(): void {
    this.#attention.called();
  }

  /** Where the latest answer of a query stands while none of its inputs has changed since. */
  currentAt(text: WatchedText): AnsweredAt | null {
    const query = this.#queries.get(keyOf(text));
    const standing = this.#standing;
    if (!query?.plan || standing === null || !query.isCurrent(inputState(query.plan, standing))) return null;
    return shownAt(query.plan, standing);
  }

  /** Throws BAD_QUERY when the engine cannot read the text; nothing while it does not answer. */
  async check({ select }: Pick<WatchedText, 'select'>): Promise<void> {
    await this.#answering.check(select);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#working;
    await this.#answering.rest();
  }

  #add(key: string, text: WatchedText): WatchedQuery {
    if (this.#queries.size >= this.limits.queries) {
      const idle = [...this.#queries].find(([, { listeners }]) => listeners.size === 0);
      if (idle === undefined) {
        throw new TailraceError('WATCH_LIMIT', `${this.limits.queries} different queries are watched already`, {
          hint: 'Watch one of the reports, or try again later.',
        });
      }
      this.#queries.delete(idle[0]);
    }
    const query = new WatchedQuery(text);
    this.#queries.set(key, query);
    return query;
  }

  #start(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
      if (this.#queries.size > 0 && !this.#stop.signal.aborted) this.#start();
    });
    this.#bell.ring();
  }

  /** Until nobody has listened for a while. */
  async #work(): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, over.signal]);
    this.#silentSinceMs = elapsed();
    const following = this.#follow(signal);
    let alarm: NodeJS.Timeout | undefined;
    try {
      for await (const _ring of this.#bell.rings(signal)) {
        clearTimeout(alarm);
        const nextMs = this.#turn(elapsed());
        if (nextMs === null) break;
        alarm = setTimeout(() => this.#bell.ring(), timerMs(nextMs - elapsed())).unref();
      }
    } finally {
      clearTimeout(alarm);
      over.abort();
      await following;
      await Promise.all(this.#under);
      this.#standing = null;
      await this.#answering.rest();
    }
  }

  /** Begins what is due. Returns when to look again at the latest; null: nothing is watched. */
  #turn(nowMs: number): number | null {
    for (const [key, { idleSinceMs }] of this.#queries) if (nowMs - idleSinceMs >= LINGER_MS) this.#queries.delete(key);
    if (this.#queries.size === 0) return null;
    const standing = this.#standing;
    if (standing === null) return this.#waitForWarehouse(nowMs);
    let soonestMs = nowMs + LINGER_MS;
    const due: WatchedQuery[] = [];
    for (const query of this.#queries.values()) {
      const atMs = query.dueAtMs(query.plan === null ? null : inputState(query.plan, standing));
      if (atMs === null) continue;
      if (atMs <= nowMs) due.push(query);
      else soonestMs = Math.min(soonestMs, atMs);
    }
    if (due.length > 0) this.#answer(due, standing, nowMs);
    return soonestMs;
  }

  #waitForWarehouse(nowMs: number): number {
    const toldAtMs = this.#silentSinceMs + SILENT_MS;
    if (nowMs < toldAtMs) return toldAtMs;
    const error = new TailraceError('NOT_RUNNING', 'the warehouse has not read this lake yet, or the lake does not answer');
    for (const query of this.#queries.values()) query.failed(error, { inputs: null, tell: true });
    return nowMs + LINGER_MS;
  }

  #answer(due: readonly WatchedQuery[], standing: Standing, nowMs: number): void {
    for (const query of due) query.begin(nowMs);
    const answered = this.#answering.answer(due, standing).finally(() => {
      this.#under.delete(answered);
      this.#bell.ring();
    });
    this.#under.add(answered);
  }

  /** Keeps `#standing` as the lake has it. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { store, warehouseId, log } = this.#options;
    this.#attention.happened(elapsed());
    for await (const _change of storeChanges(store, readerPrefix(warehouseId), signal, this.#attention)) {
      try {
        const position = await readPosition(store, { id: warehouseId, alone: false });
        if (position === null) continue;
        const models = (await getModels(store, warehouseId))?.models ?? [];
        if (position.at !== this.#standing?.position.at) this.#attention.happened(elapsed());
        this.#standing = { position, models };
        this.#bell.ring();
      } catch (error) {
        log.debug({ error: describeError(error) }, 'no look at the lake');
      }
    }
  }
}

function keyOf({ select, everyMs }: WatchedText): string {
  return JSON.stringify([select, everyMs]);
}
