import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortableSleep } from '../core/loop.ts';
import { elapsed, isoTime, moment } from '../core/time.ts';
import { Attention } from '../lake/store/attention.ts';
import { Alerting } from './alerting.ts';
import type { Channel } from './channel.ts';
import type { Condition } from './alert.ts';
import { Conditions, lakeAway } from './conditions/conditions.ts';
import type { ConditionLimits } from './conditions/conditions.ts';
import { History } from './history.ts';
import type { HistorySample } from './history.ts';
import type { HttpAccess } from './http-access.ts';
import { serveMonitor } from './http-server.ts';
import type { MonitorRoute } from './http-server.ts';
import { LakeSize } from './lake-space.ts';
import type { MonitorReport } from './monitor-report.ts';
import type { PipelinePlaces } from './pipeline.ts';
import type { RoleReport } from './role-report.ts';
import { SchemaWatch } from './schema-watch.ts';
import { schemaBreaking } from './conditions/schema-breaking.ts';
import { StatusReader } from './status-reader.ts';
import type { StatusReaderOptions } from './status-reader.ts';
import { isLive } from './status.ts';
import type { StatusReport } from './status.ts';

const LOCAL_EVERY_MS = 1_000;
/** A look costs a source and a lake with thousands of tables more, so there are fewer. */
const PAUSE_PER_TABLE_MS = 2;
/** On an idle pipeline, a look a second would be a third of the total cost. */
const LONGEST_PAUSE_MS = 5_000;
/** Looks cost money on S3, and a request gets a look of its own. */
const LONGEST_PAUSE_S3_MS = 180_000;
/**
 * The share of the target that may pass between two looks, so a problem is reported before the
 * target is missed.
 */
const PAUSE_OF_PROMISE = 0.1;
/** A request gets no report that is older than this. */
const OLDEST_ANSWER_MS = 1_500;
const OLDEST_ANSWER_S3_MS = 3_000;
/** How often an open page gets a report. */
const PAGE_MS = 2_000;
const PAGE_S3_MS = 15_000;
/** At shutdown, how long the last alerts may take to be delivered. */
const LAST_WORDS_MS = 5_000;

export interface MonitorOptions extends StatusReaderOptions {
  readonly pipeline: PipelinePlaces;
  readonly http: { readonly port: number | null } & HttpAccess;
  /** Paths on the same port that other rooms serve. */
  readonly routes?: ReadonlyMap<string, MonitorRoute>;
  /** Where alerts go. */
  readonly channels: readonly Channel[];
  readonly limits: ConditionLimits;
  /** Whether a change of a table that breaks its readers is a condition. */
  readonly watchesSchemas: boolean;
  readonly signal: AbortSignal;
  /** State of the other roles, where it is known. */
  readonly roles?: () => readonly RoleReport[];
  onServing?(url: string): void;
  onReport?(report: StatusReport): void;
}

/**
 * Looks at source, lake and warehouse until the signal. Out: the newest report over HTTP and to
 * `onReport`, and alerts. It keeps running when an end does not answer; the report then says which.
 * It changes nothing, with one exception: it drops the slot when the WAL budget is used up and
 * `walBudgetAction` is `release`. Throws PORT_IN_USE.
 */
export async function runMonitor(options: MonitorOptions): Promise<void> {
  const { signal, store, log, channels } = options;
  const alerting = await Alerting.open({ store, warehouseId: options.warehouse.id, channels, log, signal });
  await using monitor = new Monitor(options, alerting);
  const costly = store.location.kind === 's3';
  const source = { report: () => monitor.report(), history: () => monitor.history, everyMs: costly ? PAGE_S3_MS : PAGE_MS };
  const server = await serveMonitor(options.http, source, options.routes);
  options.onServing?.(server.url);
  const longestMs = costly ? Math.min(LONGEST_PAUSE_S3_MS, options.slaMs * PAUSE_OF_PROMISE) : LONGEST_PAUSE_MS;
  const attention = new Attention(longestMs, elapsed());
  try {
    while (!signal.aborted) {
      if (await monitor.look()) attention.happened(elapsed());
      const many = Math.min(LONGEST_PAUSE_MS, monitor.tables * PAUSE_PER_TABLE_MS);
      await abortableSleep(Math.max(LOCAL_EVERY_MS, many, attention.pauseMs(elapsed())), signal);
    }
  } finally {
    await Promise.race([alerting.settled(), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    await server.close();
  }
}

/** Makes the newest report. */
class Monitor implements AsyncDisposable {
  readonly #options: MonitorOptions;
  readonly #reader: StatusReader;
  readonly #conditions: Conditions;
  readonly #alerting: Alerting;
  readonly #schemas: SchemaWatch | null;
  readonly #log: Log;
  readonly #history = new History(moment());
  readonly #startedAt = isoTime(moment().wallMs);
  readonly #lakeSize = new LakeSize();
  #breaking: readonly Condition[] = [];
  #latest: StatusReport | null = null;
  #states = '';
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<boolean> | null = null;

  constructor(options: MonitorOptions, alerting: Alerting) {
    this.#options = options;
    this.#reader = new StatusReader(options);
    this.#conditions = new Conditions(options.limits);
    this.#alerting = alerting;
    this.#schemas = options.watchesSchemas ? new SchemaWatch(options) : null;
    this.#log = options.log;
  }

  get history(): readonly HistorySample[] {
    return this.#history.samples;
  }

  /** How many tables the newest report has. */
  get tables(): number {
    return this.#latest?.tables.length ?? 0;
  }

  /** The newest report: a few seconds old, or older while an end does not answer. */
  async report(): Promise<MonitorReport | null> {
    const oldestMs = this.#options.store.location.kind === 's3' ? OLDEST_ANSWER_S3_MS : OLDEST_ANSWER_MS;
    if (elapsed() - this.#lookedAtMs > oldestMs) await this.look();
    if (this.#latest === null) return null;
    return {
      ...this.#latest,
      alerts: this.#alerting.report,
      pipeline: { ...this.#options.pipeline, startedAt: this.#startedAt },
      roles: this.#options.roles?.() ?? [],
      lakeSpace: await this.#lakeSize.read(this.#options.store, elapsed()),
    };
  }

  /**
   * Reads the three ends, one look at a time. True when the state of a table changed, or will soon.
   * Never rejects.
   */
  async look(): Promise<boolean> {
    this.#looking ??= this.#read().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looking;
    await this.#reader[Symbol.asyncDispose]();
  }

  async #read(): Promise<boolean> {
    try {
      this.#latest = await this.#reader.readWhatAnswers();
      this.#history.add(this.#latest, elapsed());
      this.#options.onReport?.(this.#latest);
      this.#breaking = schemaBreaking((await this.#schemas?.look(moment().wallMs)) ?? []);
      await this.#alerting.look([...this.#conditions.look(this.#latest, elapsed()), ...this.#breaking], moment());
      await this.#saveSource(this.#latest);
    } catch (error) {
      this.#log.debug({ error: describeError(error) }, 'nothing to report');
      await this.#alerting.look([lakeAway(describeError(error))], moment());
    }
    this.#lookedAtMs = elapsed();
    const states = JSON.stringify(this.#latest?.tables.map(({ table, state }) => [table, state]) ?? []);
    const changed = states !== this.#states;
    this.#states = states;
    // A problem is watched as closely as tables that are on their way.
    return changed || this.#latest?.cause !== null || !isLive(this.#latest.tables);
  }

  /** Drops the slot. The alert about the budget was sent before: it must precede the loss. */
  async #saveSource(report: StatusReport): Promise<void> {
    const { source } = report;
    if (this.#options.limits.walBudgetAction !== 'release' || source.walBudget.level !== 'spent') return;
    try {
      const slot = await this.#reader.release();
      if (slot === null) return;
      this.#conditions.released(slot);
      this.#log.error({ slot, ...source.walBudget }, 'the WAL budget is used up: the slot was given up to save the source');
      // Without delay: a replicator that finds its slot gone ends `run`, and the monitor with it.
      const without = { ...report, source: { ...source, slot: { ...source.slot, walStatus: null } } };
      await this.#alerting.look([...this.#conditions.look(without, elapsed()), ...this.#breaking], moment());
    } catch (error) {
      this.#log.error({ error: describeError(error) }, 'the WAL budget is used up, and the slot could not be given up');
    }
  }
}
