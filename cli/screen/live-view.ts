import type { StatusReport } from '../../monitor/status.ts';
import { bytes, count, duration, table } from '../../core/figures.ts';
import { progressBar, Rate } from './progress.ts';
import { worstThatFit } from './worst-first.ts';
import type { Progress, RoleEvent } from '../run/role-event.ts';

const MOST_TABLES = 20;

interface Work {
  readonly rate: Rate;
  last: Progress;
}

/**
 * The figures that a terminal shows while a pipeline runs: progress of long work, and each table
 * with its freshness. Draws nothing.
 */
export class LiveView {
  readonly #works = new Map<string, Work>();
  #report: StatusReport | null = null;

  get report(): StatusReport | null {
    return this.#report;
  }

  take(event: RoleEvent, nowMs: number): void {
    if (event.event === 'status') this.#report = event.report;
    if (event.event !== 'progress') return;
    const name = `${event.work} ${event.table ?? ''}`.trim();
    const finished = event.total !== null && event.done >= event.total;
    if (finished) return void this.#works.delete(name);
    const work = this.#works.get(name) ?? { rate: new Rate(), last: event };
    work.last = event;
    work.rate.add(nowMs, event.done);
    this.#works.set(name, work);
  }

  lines(): string[] {
    if (this.#report === null) return ['starting …'];
    return [
      this.#headline(this.#report),
      '',
      ...this.#progress(this.#report),
      ...tableLines(this.#report),
      ...this.#report.notes.map((note) => `! ${note}`),
    ];
  }

  #headline(report: StatusReport): string {
    const freshness = report.freshnessSeconds === null ? 'not live yet' : `freshness ${duration(report.freshnessSeconds)}`;
    return `${freshness}  ·  ${count(report.lake.batches)} batches  ·  WAL kept ${report.source.slot.retainedBytes === null ? 'unknown' : bytes(report.source.slot.retainedBytes)}`;
  }

  /** Bars of tables that are not live yet. */
  #progress(report: StatusReport): string[] {
    const arrived = new Set(report.tables.filter(({ state }) => state === 'live' || state === 'parked').map((entry) => entry.table));
    const lines: string[] = [];
    for (const [name, { last, rate }] of this.#works) {
      if (last.table !== null && arrived.has(last.table)) continue;
      lines.push(progressBar({ label: name.padEnd(28), done: last.done, total: last.total, unit: last.unit, perSecond: rate.perSecond() }));
    }
    return lines.length === 0 ? [] : [...lines, ''];
  }
}

function tableLines(report: StatusReport): string[] {
  const { shown, rest } = worstThatFit(report.tables, MOST_TABLES);
  const rows = shown.map((entry) => [
    entry.table,
    entry.state,
    entry.freshnessSeconds === null ? '–' : duration(entry.freshnessSeconds),
    entry.error?.message ?? (entry.appendOnly ? 'append-only' : ''),
  ]);
  return [...table([['table', 'state', 'freshness', ''], ...rows], [2]), ...(rest === null ? [] : [rest])];
}
