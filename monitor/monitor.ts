import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortableSleep } from '../core/loop.ts';
import { Attention } from '../lake/attention.ts';
import { serveMonitor } from './http-server.ts';
import { StatusReader } from './status-reader.ts';
import type { StatusReaderOptions } from './status-reader.ts';
import { isLive } from './status.ts';
import type { StatusReport } from './status.ts';

const LOCAL_EVERY_MS = 1_000;
/** With nothing going on, a look a second is a third of what an idle pipeline costs. */
const LONGEST_PAUSE_MS = 2_000;
/** Looking costs money on S3, and who asks has a look of his own. */
const LONGEST_PAUSE_S3_MS = 120_000;
/** Who asks is not told anything older. */
const OLDEST_ANSWER_MS = 3_000;

export interface MonitorOptions extends StatusReaderOptions {
  readonly httpPort: number | null;
  readonly log: Log;
  readonly signal: AbortSignal;
  onServing?(url: string): void;
  onReport?(report: StatusReport): void;
}

/**
 * In: the three ends. Out: the newest report over HTTP and to `onReport`. Always true: it only looks, and it outlives whatever it
 * looks at: a report says then what does not answer. Throws PORT_IN_USE.
 */
export async function runMonitor(options: MonitorOptions): Promise<void> {
  const { signal, store } = options;
  await using monitor = new Monitor(options);
  const server = await serveMonitor(options.httpPort, () => monitor.report());
  options.onServing?.(server.url);
  const longestMs = store.location.kind === 's3' ? LONGEST_PAUSE_S3_MS : LONGEST_PAUSE_MS;
  const attention = new Attention(longestMs, performance.now());
  try {
    while (!signal.aborted) {
      if (await monitor.look()) attention.happened(performance.now());
      await abortableSleep(Math.max(LOCAL_EVERY_MS, attention.pauseMs(performance.now())), signal);
    }
  } finally {
    await server.close();
  }
}

/** The newest report and how it came about. */
class Monitor implements AsyncDisposable {
  readonly #options: MonitorOptions;
  readonly #reader: StatusReader;
  #latest: StatusReport | null = null;
  #states = '';
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<boolean> | null = null;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#reader = new StatusReader(options);
  }

  /** What is known, not older than a few seconds unless an end does not answer. */
  async report(): Promise<StatusReport | null> {
    if (performance.now() - this.#lookedAtMs > OLDEST_ANSWER_MS) await this.look();
    return this.#latest;
  }

  /** Reads the three ends, one look at a time. True when a table has another state than before, or is on its way to one. Never rejects. */
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
      this.#options.onReport?.(this.#latest);
    } catch (error) {
      this.#options.log.debug({ error: describeError(error) }, 'nothing to report');
    }
    this.#lookedAtMs = performance.now();
    const states = JSON.stringify(this.#latest?.tables.map(({ table, state }) => [table, state]) ?? []);
    const changed = states !== this.#states;
    this.#states = states;
    return changed || !isLive(this.#latest?.tables ?? []);
  }
}
