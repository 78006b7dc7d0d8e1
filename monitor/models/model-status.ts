import { cronFault, nextTime } from '../../core/cron-time.ts';
import type { FreshnessContract } from '../../core/freshness-contract.ts';
import { martPositions } from '../../lake/mart-position.ts';
import type { MartPosition } from '../../lake/mart-position.ts';
import type { ModelsReport, ReportedModel } from '../../lake/models-report.ts';
import type { Position } from '../../lake/readers.ts';
import { freshnessSeconds, laterTime } from '../freshness.ts';

type CodeAndMessage = { readonly code: string; readonly message: string };

/** One model of `status --json`. `asOf` and `freshnessSeconds` are null until it is first shown. */
export interface ModelStatus {
  /** `database.name` */
  readonly model: string;
  readonly state: ReportedModel['state'];
  readonly asOf: string | null;
  readonly freshnessSeconds: number | null;
  /** Its freshness target. */
  readonly slaSeconds: number;
  /** Why its last run failed or was skipped; what it showed before stays. */
  readonly error: CodeAndMessage | null;
}

/** A test that found rows, or that could not run. */
export interface FailingTest {
  readonly test: string;
  readonly table: string;
  readonly severity: 'error' | 'warn';
  /** It belongs to a model, whose new rows are not shown while it fails. */
  readonly keepsBack: boolean;
  readonly failures: number;
  readonly error: CodeAndMessage | null;
}

/** An export whose last try failed. */
export interface FailedExport {
  readonly table: string;
  readonly to: string;
  readonly error: CodeAndMessage;
}

/** Everything of models that a report has. */
export interface ModelsStatus {
  readonly models: readonly ModelStatus[];
  readonly failingTests: readonly FailingTest[];
  readonly failedExports: readonly FailedExport[];
}

/** The facts around the models. `nowMs`: the source's clock. */
interface Around {
  readonly position: Position | null;
  readonly contract: FreshnessContract;
  /** What the stream proves; ms since 1970 by the source's clock, null: nothing. */
  readonly proven: { readonly warehouseMs: number | null };
  readonly nowMs: number;
}

/** `report` null: no transformer has ever run. */
export function modelsStatus(report: ModelsReport | null, around: Around): ModelsStatus {
  if (report === null) return { models: [], failingTests: [], failedExports: [] };
  const skipped = new Set(report.models.filter(({ state }) => state === 'skipped').map(({ model }) => model));
  return {
    models: martPositions(report.models, around.position)
      .map((mart) => modelStatus(mart, around))
      .toSorted((a, b) => (a.model < b.model ? -1 : 1)),
    failingTests: [
      ...report.models
        .filter(({ model }) => !skipped.has(model))
        .flatMap(({ model, failing }) =>
          failing.map((one) => ({ ...one, table: model, keepsBack: one.severity === 'error', error: null })),
        ),
      ...report.tests
        .filter(({ ok }) => !ok)
        .map(({ test, table, severity, failures, error }) => ({ test, table, severity, keepsBack: false, failures, error })),
    ],
    failedExports: report.exports.flatMap(({ table, to, error }) => (error === null ? [] : [{ table, to, error }])),
  };
}

/**
 * Whether the rows of a model are not those that it should have: it failed, and is tried again. One
 * that was skipped has the error of another model, also while it is due again.
 */
export function isFailed({ state, error }: Pick<ModelStatus, 'state' | 'error'>): boolean {
  return state === 'failed' || (error !== null && state !== 'skipped' && error.code !== 'SKIPPED');
}

/** Whether a model is further behind than its target. */
export function isLate({ freshnessSeconds: behind, slaSeconds }: Pick<ModelStatus, 'freshnessSeconds' | 'slaSeconds'>): boolean {
  return behind !== null && behind > slaSeconds;
}

function modelStatus({ model, current, asOf: known }: MartPosition, { contract, proven, nowMs }: Around): ModelStatus {
  // As complete as the warehouse, since nothing that it reads has changed.
  const asOf = current ? laterTime(known, proven.warehouseMs) : known;
  return {
    model: model.model,
    // Its transformer may not have seen yet that an input changed, or may not run.
    state: model.state === 'fresh' && !current ? 'due' : model.state,
    asOf,
    freshnessSeconds: freshnessSeconds(asOf, nowMs),
    slaSeconds: contract.targetMs(model.model, INTERVALS * intervalMs(model, nowMs)) / 1000,
    error: model.error,
  };
}

/**
 * The default target of a model is at least as many of its own intervals: just before a run its
 * rows are one interval old, and half of a target is a warning.
 */
const INTERVALS = 3;

/** How many of the next runs tell how far apart they are. */
const RUNS = 10;

/** Longest time between runs when all is well; its rows cannot be newer than that. */
function intervalMs({ every, cron }: ReportedModel, nowMs: number): number {
  if (cron === null) return every ?? 0;
  const time = { pattern: cron, timezone: 'UTC' };
  // A report of another version; the transformer checks patterns.
  if (cronFault(time) !== null) return 0;
  let longestMs = 0;
  for (let n = 0, run = nextTime(time, nowMs); n < RUNS && run !== null; n += 1) {
    const next = nextTime(time, run);
    longestMs = Math.max(longestMs, (next ?? run) - run);
    run = next;
  }
  return longestMs;
}
