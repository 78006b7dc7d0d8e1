import { wall, isoTime } from '../core/time.ts';
import { eventBytes } from './event-client.ts';
import type { EventClient } from './event-client.ts';
import type { Report } from './live-report.ts';
import type { ReportFile, ReportFolder } from './report-folder.ts';
import type { Unwatch, Watching } from './watcher.ts';
import { errorEvent } from './watched-query.ts';
import type { WatchEvent } from './watched-query.ts';

/** How often a page learns the time and which panels still show the present. */
const NOW_MS = 2_000;

interface Panel {
  readonly report: Report;
  readonly unwatch: Unwatch;
}

/**
 * All reports as one stream of events for the page, because a browser opens only a few connections
 * to one server:
 *
 * - `reports`: the panels, at once and whenever a file changed
 * - `rows` and `trouble`: an answer of one panel, or why there is none
 * - `now`: the time of this machine, and where panels stand whose inputs have not changed since
 */
export class PanelStream {
  readonly #watcher: Watching;
  readonly #folder: ReportFolder;
  readonly #client: EventClient;
  readonly #panels = new Map<string, Panel>();
  readonly #clock: NodeJS.Timeout;
  readonly #unlisten: () => void;

  constructor(
    { watcher, reports, client }: { watcher: Watching; reports: ReportFolder; client: EventClient },
    files: readonly ReportFile[],
  ) {
    this.#watcher = watcher;
    this.#folder = reports;
    this.#client = client;
    this.#show(files);
    this.#unlisten = reports.listen((changed) => this.#show(changed));
    this.#clock = setInterval(() => this.#sayNow(), NOW_MS).unref();
    this.#sayNow();
  }

  end(): void {
    clearInterval(this.#clock);
    this.#unlisten();
    for (const { unwatch } of this.#panels.values()) unwatch();
    this.#panels.clear();
  }

  #show(files: readonly ReportFile[]): void {
    const panels = files.map(({ name, report, error }) => {
      const { title, about, chart, x, y, series, everyMs } = report ?? UNREAD;
      return { name, title: report === null ? name : title, about, chart, x, y, series, everyMs, error };
    });
    this.#client.send('reports', eventBytes('reports', JSON.stringify({ isSet: this.#folder.isSet, panels })));
    for (const [name, { unwatch }] of this.#panels) {
      if (files.some((file) => file.name === name && file.report !== null)) continue;
      unwatch();
      this.#panels.delete(name);
    }
    for (const { name, report } of files) if (report !== null) this.#watch(name, report);
  }

  #watch(name: string, report: Report): void {
    const before = this.#panels.get(name);
    if (before?.report.select === report.select && before.report.everyMs === report.everyMs) return;
    before?.unwatch();
    try {
      const unwatch = this.#watcher.watch(report, (event) => this.#client.send(name, panelBytes(name, event)));
      this.#panels.set(name, { report, unwatch });
    } catch (error) {
      this.#panels.delete(name);
      this.#client.send(name, panelBytes(name, errorEvent(error)));
    }
  }

  #sayNow(): void {
    const current = [...this.#panels].flatMap(([name, { report }]) => {
      const at = this.#watcher.currentAt(report);
      return at === null ? [] : [[name, at]];
    });
    this.#client.send('now', eventBytes('now', JSON.stringify({ at: isoTime(wall()), current: Object.fromEntries(current) })));
  }
}

const UNREAD = { title: '', about: '', chart: 'table', x: null, y: [], series: null, everyMs: 0 } as const;

/** One text for all clients of a panel. */
const wrapped = new WeakMap<WatchEvent, Map<string, Buffer>>();

function panelBytes(name: string, event: WatchEvent): Buffer {
  const byName = wrapped.get(event) ?? new Map<string, Buffer>();
  wrapped.set(event, byName);
  const known = byName.get(name);
  if (known !== undefined) return known;
  const bytes =
    event.kind === 'rows'
      ? eventBytes('rows', `{"report":${JSON.stringify(name)},"answer":${event.data}}`)
      : eventBytes('trouble', JSON.stringify({ report: name, error: event.data }));
  byName.set(name, bytes);
  return bytes;
}
