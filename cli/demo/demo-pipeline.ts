import path from 'node:path';
import type { Config } from '../../core/config.ts';
import { resolveConfig } from '../../core/sections/resolve-config.ts';
import type { ConfigText } from '../../core/sections/resolve-config.ts';
import { TailraceError } from '../../core/errors.ts';
import { createLogger } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';
import { areModelsBuilt, SHOP_HISTORIES, shopModels } from './demo-models.ts';
import { FreshnessTally } from './freshness-tally.ts';
import { isLive } from '../../monitor/status.ts';
import type { StatusReport } from '../../monitor/status.ts';
import { LiveView } from '../screen/live-view.ts';
import { prettyLogLine } from '../screen/log-line.ts';
import { rolesOf } from '../run/roles-of.ts';
import { RunEvents } from '../run/run-events.ts';
import type { RunEvent } from '../run/run-events.ts';
import { supervise } from '../run/supervisor.ts';
import type { FatalError } from '../run/supervisor.ts';
import type { DemoScreen } from './demo-screen.ts';

const LOOK_EVERY_MS = 100;

export interface DemoPipelineOptions {
  readonly url: string;
  readonly folder: string;
  readonly sqlPort: string | null;
  readonly httpPort: string | null;
  readonly screen: DemoScreen;
  readonly signal: AbortSignal;
}

/**
 * `run` on the folder of the demo, inside this process. The roles are processes of their own, as
 * always; disposing of it ends them.
 */
export class DemoPipeline implements AsyncDisposable {
  readonly view = new LiveView();
  readonly freshness = new FreshnessTally();
  readonly config: Config;
  /** Rows copied so far, by table. */
  readonly copied = new Map<string, number>();
  /** Rows of copies that are in the warehouse, by table. */
  readonly loaded = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  readonly #events = new RunEvents(process.pid);
  #ready: Extract<RunEvent, { event: 'ready' }> | null = null;
  #fatal: FatalError | null = null;
  #liveSinceMs: number | null = null;

  constructor({ url, folder, sqlPort, httpPort, screen, signal }: DemoPipelineOptions) {
    const text: ConfigText = {
      source: url,
      lake: path.join(folder, 'lake'),
      warehouse: path.join(folder, 'warehouse'),
      models: shopModels(),
      table: SHOP_HISTORIES,
      logLevel: 'warn',
      ...(sqlPort === null ? {} : { sqlPort }),
      ...(httpPort === null ? {} : { httpPort }),
    };
    this.config = resolveConfig({ flags: {}, environment: {}, files: [{ path: 'demo', values: new Map(Object.entries(text)) }] }).config;
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    this.#ended = supervise({
      roles: rolesOf(this.config),
      text,
      // Its traffic keeps more than one core busy.
      processes: 'each',
      signal: this.#stop.signal,
      log: createLogger({ level: 'error', role: 'demo' }),
      onLog: (line) => screen.aside(prettyLogLine(line)),
      onEvent: (_role, event) => {
        this.view.take(event, elapsed());
        if (event.event === 'progress' && event.table !== null) {
          if (event.work === 'snapshot') this.copied.set(event.table, event.done);
          if (event.work === 'load') this.loaded.set(event.table, event.done);
        }
        for (const said of this.#events.take(event)) if (said.event === 'ready') this.#ready = said;
        if (event.event === 'status') this.#look(event.report);
      },
    }).then((fatal) => (this.#fatal = fatal));
  }

  #look(report: StatusReport): void {
    this.freshness.look(report);
    if (!isLive(report.tables) || report.tables.length === 0) this.#liveSinceMs = null;
    else this.#liveSinceMs ??= elapsed();
  }

  /** Resolves when the endpoint answers and streaming has begun. */
  async ready(): Promise<Extract<RunEvent, { event: 'ready' }>> {
    await this.until(() => this.#ready !== null);
    if (this.#ready === null) throw new TailraceError('INTERNAL', 'the demo is no longer ready');
    return this.#ready;
  }

  /** How long every table has been live without a break; 0 when one is not. */
  liveForMs(): number {
    return this.#liveSinceMs === null ? 0 : elapsed() - this.#liveSinceMs;
  }

  /** Whether every model has been built once since all tables are live, or has failed. */
  hasModels(): boolean {
    return this.view.report !== null && areModelsBuilt(this.view.report);
  }

  /** Waits for a condition; throws the error that ended the pipeline. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#fatal !== null) throw new TailraceError('INTERNAL', `the pipeline ended: ${this.#fatal.message}`);
      this.#stop.signal.throwIfAborted();
      await abortableSleep(LOOK_EVERY_MS, this.#stop.signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
