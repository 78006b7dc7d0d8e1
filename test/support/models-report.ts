import type { ModelsReport, ReportedModel } from '../../lake/models-report.ts';

/** A model that was published at manifest 4, with the facts that a test wants to be different. */
export const reportedModel = (more: Partial<ReportedModel>): ReportedModel => ({
  model: 'marts.orders',
  kind: 'table',
  inputs: [],
  every: 60_000,
  cron: null,
  state: 'fresh',
  lsn: '0/1000',
  asOf: '2026-01-01T00:09:00.000000Z',
  manifest: 4,
  rows: 12,
  lastRun: { run: 3, status: 'published', startedAt: '2026-01-01T00:09:01.000Z', durationMs: 40 },
  error: null,
  failing: [],
  ...more,
});

/** The report of a transformer with these models. */
export const modelsReport = (models: readonly ReportedModel[], more: Partial<ModelsReport> = {}): ModelsReport => ({
  warehouseId: 'w',
  at: '2026-01-01T00:09:59.000Z',
  folderError: null,
  models: [...models],
  tests: [],
  exports: [],
  ...more,
});
