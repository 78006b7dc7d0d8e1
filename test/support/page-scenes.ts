import type { ModelStatus } from '../../monitor/models/model-status.ts';
import type { MonitorReport } from '../../monitor/monitor-report.ts';
import type { StatusReport, TableStatus } from '../../monitor/status.ts';
import { monitorReport, statusReport } from './status-report.ts';

/** A live table of a report. */
export function table(name: string, other: Partial<TableStatus> = {}): TableStatus {
  const well = {
    state: 'live',
    asOf: '2026-01-02T03:04:05.678901Z',
    freshnessSeconds: 0.4,
    slaSeconds: 60,
    appendOnly: false,
    cause: null,
    error: null,
  } as const;
  return { table: name, ...well, ...other };
}

function model(name: string, other: Partial<ModelStatus> = {}): ModelStatus {
  const well = { state: 'fresh', asOf: '2026-01-02T03:04:05.678901Z', freshnessSeconds: 0.4, slaSeconds: 60, error: null } as const;
  return { model: name, ...well, ...other };
}

/** A report of a pipeline that is well, with one table. */
export function reportOf(other: Partial<StatusReport> = {}, alerts: Partial<MonitorReport['alerts']> = {}): MonitorReport {
  const tables = [table('public.items')];
  return monitorReport({ tables, ...other, alerts: { active: [], recent: [], deliveries: [], ...alerts } });
}

const cause = { stage: 'compactor', reason: '12 batches are waiting to be applied' } as const;
/** Reports that show each part of the page. */
export const SCENES: Record<string, MonitorReport> = {
  idle: reportOf(),
  busy: reportOf({
    tables: [
      table('public.items'),
      table('public.orders', { state: 'copying', freshnessSeconds: null, asOf: null, copy: { share: 0.42, secondsLeft: 90 } }),
      table('public.log', { appendOnly: true }),
    ],
    stages: ['commit to received', 'received to durable', 'durable to applied (waits)', 'applied to queryable', 'commit to queryable'].map(
      (stage, n) => ({
        stage,
        p50: n / 10,
        p95: n / 5,
        p99: n / 2,
      }),
    ),
    windows: [{ startedAt: '2026-01-02T03:04:05Z', durationMs: 85, kind: 'front', tables: 3, rows: 12_345 }],
  }),
  late: reportOf(
    {
      withinSla: false,
      freshnessSeconds: 95,
      cause,
      tables: [
        table('public.items', { freshnessSeconds: 95, cause }),
        table('public.broken', {
          state: 'parked',
          freshnessSeconds: 300,
          error: { code: 'LAKE_CORRUPT', message: 'LAKE_CORRUPT: data/1.arrow is missing. Restore it.', at: '' },
        }),
      ],
      notes: ['no compactor has reported for 70 s'],
    },
    {
      active: [
        {
          key: 'compactor-held-up',
          kind: 'compactor-held-up',
          severity: 'alert',
          table: null,
          stage: 'compactor',
          summary: 'Changes are held up by the compactor: 12 batches are waiting to be applied.',
          figures: {},
          since: '2026-01-02T03:04:05Z',
        },
      ],
    },
  ),
  'source-down': reportOf({
    source: { ...statusReport().source, lsn: null },
    cause: { stage: 'source', reason: 'it does not answer' },
    notes: ['the source does not answer: SOURCE_UNREACHABLE'],
  }),
  'held-up': reportOf({ cause, freshnessSeconds: 12 }),
  models: reportOf({
    withinSla: false,
    models: [
      model('marts.fct_orders'),
      model('marts.dim_customer', { state: 'running', freshnessSeconds: 12 }),
      model('marts.revenue_per_minute', {
        state: 'failed',
        freshnessSeconds: 95,
        error: { code: 'MODEL_FAILED', message: "Unknown expression identifier '…'" },
      }),
      model('marts.revenue_daily', {
        state: 'skipped',
        freshnessSeconds: 95,
        error: { code: 'SKIPPED', message: 'marts.revenue_per_minute failed' },
      }),
      model('marts.customer_quarter', { state: 'never', freshnessSeconds: null, asOf: null }),
    ],
    failingTests: [
      { test: 'not_null customer_id', table: 'marts.fct_orders', severity: 'warn', keepsBack: false, failures: 3, error: null },
      { test: 'totals_agree', table: '', severity: 'error', keepsBack: false, failures: 1, error: null },
    ],
    failedExports: [
      { table: 'marts.customer_quarter', to: 's3://bucket/exports', error: { code: 'LAKE_UNAVAILABLE', message: 'no answer' } },
    ],
  }),
  thousand: reportOf({ tables: Array.from({ length: 1000 }, (_, n) => table(`public.table_${n}`, { freshnessSeconds: n / 100 })) }),
};
