import type { Log } from '../../core/log.ts';
import { elapsed } from '../../core/time.ts';
import { progressBar, Rate } from './progress.ts';
import type { Progress } from '../run/role-event.ts';
import { Screen } from './screen.ts';

const LOG_EVERY_MS = 2_000;

/** Receives the progress of a long command. */
export interface ProgressReport extends Disposable {
  take(progress: Progress): void;
}

/**
 * Shows a bar on a terminal, else logs every two seconds. Both go to stderr; stdout is the
 * result's.
 */
export function reportProgress(log: Log): ProgressReport {
  const screen = process.stderr.isTTY ? new Screen(process.stderr) : null;
  const rates = new Map<string, Rate>();
  let loggedAt = elapsed();
  return {
    take(progress) {
      const rate = rates.get(progress.work) ?? new Rate();
      rates.set(progress.work, rate);
      rate.add(elapsed(), progress.done);
      const { work, table, done, total, unit } = progress;
      screen?.draw([progressBar({ label: table === null ? work : `${work} ${table}`, done, total, unit, perSecond: rate.perSecond() })]);
      if (screen !== null || elapsed() - loggedAt < LOG_EVERY_MS) return;
      loggedAt = elapsed();
      log.info({ work, table, done, total, unit, perSecond: rate.perSecond() }, 'progress');
    },
    [Symbol.dispose]() {
      screen?.draw([]);
      screen?.end();
    },
  };
}
