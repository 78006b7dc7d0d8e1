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
    lake: { durableLsn: '0/10', batches: 1, lastCommitTime: null },
    warehouse: { appliedLsn: '0/10', asOf: null },
    freshnessSeconds: 0.5,
    slaSeconds: 1800,
    withinSla: true,
    cause: null,
    tables: [],
    stages: [],
    windows: [],
    notes: [],
    ...other,
  };
}
