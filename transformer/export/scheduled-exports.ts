import type { ExportPlan } from '../../core/sections/config-exports.ts';
import { TailraceError } from '../../core/errors.ts';
import { hideValues } from '../../core/hide-values.ts';
import type { ModelsReport } from '../../lake/models-report.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { isExportDue } from './export-due.ts';
import { createHistory, lastExports } from './export-history.ts';
import type { LastExport } from './export-history.ts';
import { runExport } from './run-export.ts';
import type { ExportEnds } from './run-export.ts';

/** What scheduled exports work with. */
interface ScheduleEnds extends Omit<ExportEnds, 'engine'> {
  readonly plans: readonly ExportPlan[];
  /** An engine of the role `builder`; it is closed after the exports that were due. */
  readonly openBuilder: () => Promise<Engine>;
  /** Called when an export ended, so that the report is written again. */
  readonly onEnded?: () => void;
}

/** What is known of a plan. */
type Known = LastExport & { readonly failures: number };

/**
 * Exports at the times of the configuration, one at a time, beside the runs of models. Its record
 * is tailrace.exports, so a restart knows which times have passed.
 */
export class ScheduledExports {
  readonly #ends: ScheduleEnds;
  readonly #known = new Map<string, Known>();
  #sinceMs: number | null = null;
  #loaded = false;
  #work: Promise<void> | null = null;
  #closed = false;

  constructor(ends: ScheduleEnds) {
    this.#ends = ends;
  }

  /**
   * Starts what is due at this time and returns at once; the caller asks again at least every half
   * minute. While exports run nothing else is started.
   */
  tick(nowMs: number): void {
    if (this.#ends.plans.length === 0 || this.#closed || this.#work !== null) return;
    this.#sinceMs ??= nowMs;
    if (this.#loaded && this.#due(nowMs).length === 0) return;
    this.#work = this.#exportDue(nowMs)
      .catch((error: unknown) => this.#ends.log.warn({ error }, 'exports could not start'))
      .finally(() => (this.#work = null));
  }

  /** Resolves when the exports that run now have ended. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** Where each plan stands. Values that the engine quotes are taken out. */
  reports(): ModelsReport['exports'] {
    return this.#ends.plans.map(({ table, to }) => {
      const { lsn = null, asOf = null, error = null } = this.#known.get(table) ?? {};
      return { table, to, lsn, asOf, error: error === null ? null : { code: error.code, message: hideValues(error.message) } };
    });
  }

  /** Starts nothing more and waits for what runs; the caller aborts `asking.signal` to end it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
  }

  #due(nowMs: number): ExportPlan[] {
    const sinceMs = this.#sinceMs ?? nowMs;
    return this.#ends.plans.filter(({ table, cron }) => isExportDue(cron, this.#known.get(table) ?? null, { sinceMs, nowMs }));
  }

  async #exportDue(nowMs: number): Promise<void> {
    await using engine = await this.#ends.openBuilder();
    if (!this.#loaded) await this.#load(engine);
    for (const plan of this.#due(nowMs)) {
      if (this.#closed) return;
      await this.#export(engine, plan, nowMs);
      this.#ends.onEnded?.();
    }
  }

  async #load(engine: Engine): Promise<void> {
    await createHistory(engine);
    for (const last of await lastExports(engine)) {
      const plan = this.#ends.plans.find(({ table, to }) => table === last.table && to === last.to);
      if (plan !== undefined) this.#known.set(plan.table, { ...last, failures: last.error === null ? 0 : 1 });
    }
    this.#loaded = true;
    this.#ends.onEnded?.();
  }

  async #export(engine: Engine, plan: ExportPlan, nowMs: number): Promise<void> {
    const { table, to } = plan;
    const { asking, log } = this.#ends;
    const before = this.#known.get(table);
    try {
      const { status, manifest, path, removed } = await runExport({ ...this.#ends, engine }, plan, nowMs);
      const { lsn, asOf, rows, files } = manifest;
      this.#known.set(table, { table, to, lsn, asOf, startedMs: nowMs, error: null, failures: 0 });
      log.info({ table, to, status, lsn, path, rows, files: files.length, removed }, 'exported');
    } catch (error) {
      if (asking.signal.aborted) return;
      const told = error instanceof TailraceError ? error : new TailraceError('INTERNAL', 'an export failed', { cause: error });
      const { lsn = null, asOf = null, failures = 0 } = before ?? {};
      this.#known.set(table, {
        table,
        to,
        lsn,
        asOf,
        startedMs: nowMs,
        error: { code: told.code, message: told.message },
        failures: failures + 1,
      });
      log.error({ table, to, code: told.code, message: hideValues(told.message) }, 'export failed');
    }
  }
}
