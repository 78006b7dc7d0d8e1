import { hasCome } from '../../core/cron-time.ts';
import type { CronTime } from '../../core/cron-time.ts';

/** The wait after a failure, doubled by each further one. */
const RETRY_MS = 60_000;
const MOST_RETRY_MS = 60 * 60_000;

/** What is known of the last export, in milliseconds since 1970. */
interface LastTry {
  readonly startedMs: number;
  /** Failures since the last success. */
  readonly failures: number;
}

/**
 * Whether an export is due: a time of its pattern has come since the last one began, or the last
 * one failed and its wait is over. Times that came while nothing ran are one export. `sinceMs`: the
 * start of the process, which counts where there was none before. Pure.
 */
export function isExportDue(cron: CronTime, last: LastTry | null, { sinceMs, nowMs }: { sinceMs: number; nowMs: number }): boolean {
  if (hasCome(cron, last?.startedMs ?? sinceMs, nowMs)) return true;
  if (last === null || last.failures === 0) return false;
  const wait = Math.min(RETRY_MS * 2 ** (last.failures - 1), MOST_RETRY_MS);
  // A clock that was set back must not postpone it.
  return nowMs >= last.startedMs + wait || nowMs < last.startedMs;
}
