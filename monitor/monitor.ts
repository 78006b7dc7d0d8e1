import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { abortableSleep } from '../core/loop.ts';
import { serveMonitor } from './http-server.ts';
import { StatusReader } from './status-reader.ts';
import type { StatusReaderOptions } from './status-reader.ts';
import type { StatusReport } from './status.ts';

const LOCAL_EVERY_MS = 1_000;
/** Looking costs money on S3, so it is done less often while nothing changes. */
const REMOTE_EVERY_MS = 5_000;
const QUIET_AFTER_MS = 30_000;

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
  await using reader = new StatusReader(options);
  let latest: StatusReport | null = null;
  let states = '';
  let changedAtMs = performance.now();
  const server = await serveMonitor(options.httpPort, async () => latest);
  options.onServing?.(server.url);
  try {
    while (!options.signal.aborted) {
      try {
        latest = await reader.readWhatAnswers();
        options.onReport?.(latest);
        const now = statesOf(latest);
        if (now !== states) changedAtMs = performance.now();
        states = now;
      } catch (error) {
        options.log.debug({ error: describeError(error) }, 'nothing to report');
      }
      await abortableSleep(lookAgainMs(options.store.location.kind === 's3', performance.now() - changedAtMs), options.signal);
    }
  } finally {
    await server.close();
  }
}

/** How long until the next look, `quietMs` after a table changed its state. */
function lookAgainMs(remote: boolean, quietMs: number): number {
  return remote && quietMs > QUIET_AFTER_MS ? REMOTE_EVERY_MS : LOCAL_EVERY_MS;
}

function statesOf({ tables }: StatusReport): string {
  return JSON.stringify(tables.map(({ table, state }) => [table, state]));
}
