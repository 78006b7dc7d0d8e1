import type { Report } from './live-report.ts';
import type { ReportFile, ReportFolder } from './report-folder.ts';
import type { Unwatch, Watching } from './watcher.ts';
import { errorEvent } from './watched-query.ts';
import type { WatchListener } from './watched-query.ts';

/**
 * Watches a report by its name, also while its file changes. Throws NO_SUCH_REPORT, or what is
 * wrong with the file. A file that goes later is an event of its own.
 */
export async function watchReport(
  { watcher, reports }: { readonly watcher: Watching; readonly reports: ReportFolder },
  name: string,
): Promise<(listener: WatchListener) => Unwatch> {
  const first = await reports.named(name);
  return (listener) => {
    let unwatch: Unwatch | null = null;
    let shown: Report | null = null;
    const show = (report: Report): void => {
      if (report.select === shown?.select && report.everyMs === shown.everyMs) return;
      unwatch?.();
      shown = report;
      unwatch = watcher.watch(report, listener);
    };
    const changed = (files: readonly ReportFile[]): void => {
      const file = files.find((one) => one.name === name);
      if (file?.report) return show(file.report);
      if (file !== undefined || shown === null) return;
      unwatch?.();
      shown = null;
      listener(errorEvent(reports.missing(name)));
    };
    show(first);
    const unlisten = reports.listen(changed);
    return () => {
      unlisten();
      unwatch?.();
    };
  };
}
