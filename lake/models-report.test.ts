import { expect, test } from 'vitest';
import { getModels, putModels } from './models-report.ts';
import type { ModelsReport, ReportedModel } from './models-report.ts';
import { getPositions } from './readers.ts';
import { MemoryStore } from '../test/support/memory-store.ts';

const orders: ReportedModel = {
  model: 'marts.orders',
  kind: 'incremental',
  inputs: ['stg.orders', 'public.orders'],
  every: 60_000,
  cron: null,
  state: 'failed',
  lsn: '0/1A',
  asOf: '2026-01-01T00:00:01.000000Z',
  manifest: 7,
  rows: 12,
  lastRun: { run: 3, status: 'failed', startedAt: '2026-01-01T00:00:02.000Z', durationMs: 40 },
  error: { code: 'MODEL_FAILED', message: 'Division by zero' },
  failing: [{ test: 'unique id', severity: 'error', failures: 2 }],
};

const report: ModelsReport = {
  warehouseId: 'w',
  at: '2026-01-01T00:00:03.000Z',
  folderError: null,
  models: [orders],
  tests: [{ test: 'totals', table: '', severity: 'warn', ok: false, failures: 1, error: null }],
  exports: [{ table: 'marts.orders', to: 's3://b/x', lsn: null, asOf: null, error: { code: 'EXPORT_FAILED', message: 'm' } }],
};

test('the report of the models is found again, replaced whole, and is no position', async () => {
  const store = new MemoryStore();
  expect(await getModels(store, 'w')).toBeNull();
  await putModels(store, report);
  expect(await getModels(store, 'w')).toEqual(report);
  await putModels(store, { ...report, models: [] });
  expect(await getModels(store, 'w')).toEqual({ ...report, models: [] });
  expect(await getPositions(store)).toEqual([]);
});
