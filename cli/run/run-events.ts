import { isLive } from '../../monitor/status.ts';
import type { StatusReport } from '../../monitor/status.ts';
import type { RoleEvent } from './role-event.ts';

/** A line of `run` on stdout; names and fields are a contract. */
export type RunEvent =
  | { readonly event: 'ready'; readonly sql: string; readonly metrics: string; readonly page: string; readonly pid: number }
  | { readonly event: 'table'; readonly table: string; readonly state: string }
  | { readonly event: 'live' };

/**
 * Events of the roles → events of `run`. `ready` comes when the endpoint answers, streaming has
 * begun and the page is served, and again when an address has changed. `table` comes at each change
 * of state, and `live` each time the last table has become live.
 */
export class RunEvents {
  readonly #pid: number;
  #streaming = false;
  #sql: string | null = null;
  #monitor: { page: string; metrics: string } | null = null;
  #said: string | null = null;
  readonly #states = new Map<string, string>();
  #live = false;

  constructor(pid: number) {
    this.#pid = pid;
  }

  take(event: RoleEvent): RunEvent[] {
    if (event.event === 'status') return this.#status(event.report);
    if (event.event !== 'ready') return [];
    if (event.role === 'replicate') this.#streaming = true;
    if (event.role === 'compact') this.#sql = event.sql;
    if (event.role === 'monitor') this.#monitor = { page: event.page, metrics: event.metrics };
    return this.#ready();
  }

  #ready(): RunEvent[] {
    if (!this.#streaming || this.#sql === null || this.#monitor === null) return [];
    const ready = { event: 'ready', sql: this.#sql, metrics: this.#monitor.metrics, page: this.#monitor.page, pid: this.#pid } as const;
    const text = JSON.stringify(ready);
    if (text === this.#said) return [];
    this.#said = text;
    return [ready];
  }

  #status(report: StatusReport): RunEvent[] {
    const changes: RunEvent[] = [];
    for (const { table, state } of report.tables) {
      if (this.#states.get(table) === state) continue;
      this.#states.set(table, state);
      changes.push({ event: 'table', table, state });
    }
    // While the source does not answer, there may be more tables than the report has.
    const known = this.#live || report.source.lsn !== null;
    const live = this.#said !== null && known && isLive(report.tables);
    if (live && !this.#live) changes.push({ event: 'live' });
    this.#live = live;
    return changes;
  }
}
