import { NO_STANDING } from '../../lake/retention/lake-standing.ts';
import type { MonitorReport } from '../../monitor/monitor-report.ts';
import type { StatusReport } from '../../monitor/status.ts';

/** A report of a pipeline that is well, with what a test wants to be otherwise. */
export function statusReport(other: Partial<StatusReport> = {}): StatusReport {
  return {
    source: {
      lsn: '0/10',
      slot: {
        name: 's',
        walStatus: 'reserved',
        retainedBytes: 1,
        safeWalBytes: 2,
        active: true,
        catalogXminAge: 10,
        spilledBytes: 0,
        growthPerHour: null,
        secondsUntilLost: null,
      },
      walBudget: { budgetBytes: 100, share: 0.01, level: 'fine' },
      diskFreeBytes: null,
      secondsUntilDiskFull: null,
      longestTransaction: null,
    },
    lake: { durableLsn: '0/10', batches: 1, lastCommitTime: null, format: 1, features: [], retention: '7d', ...NO_STANDING },
    warehouse: { appliedLsn: '0/10', asOf: null, space: null, lagging: [], trouble: null },
    freshnessSeconds: 0.5,
    slaSeconds: 1800,
    withinSla: true,
    paused: [],
    bases: [],
    stopped: [],
    cause: null,
    tables: [],
    models: [],
    failingTests: [],
    failedExports: [],
    stages: [],
    windows: [],
    notes: [],
    ...other,
  };
}

/** What a monitor of such a pipeline reports. */
export function monitorReport(other: Partial<MonitorReport> = {}): MonitorReport {
  return {
    ...statusReport(other),
    alerts: { active: [], recent: [], deliveries: [] },
    pipeline: {
      source: 'db.internal:5432/shop',
      database: 'shop',
      lake: 's3://bucket/shop',
      warehouse: '/data/warehouse',
      version: '0.1.0',
      startedAt: '2026-01-02T03:04:05.000Z',
    },
    lakeSpace: { bytes: null, freeBytes: null },
    roles: [],
    ...other,
  };
}
