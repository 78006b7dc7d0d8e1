import { Gauge, Registry } from 'prom-client';
import { parseLsn } from '../core/lsn.ts';
import { METRICS } from '../core/metrics.ts';
import type { MetricName } from '../core/metrics.ts';
import { TABLE_STATES } from '../core/table-state.ts';
import { MODEL_STATES } from '../lake/models-report.ts';
import { isFailed } from './models/model-status.ts';
import type { MonitorReport } from './monitor-report.ts';
import { isUnpublished } from './table-status.ts';
import { ALERT_KINDS } from './alert.ts';

/** The report as Prometheus text. Unknown figures are left out, never zero. */
export async function metricsText(report: MonitorReport): Promise<string> {
  const registry = new Registry();
  const gauge = (name: MetricName, labels: string[] = []): Gauge =>
    new Gauge({ name, help: METRICS[name], labelNames: labels, registers: [registry] });
  const known = (name: MetricName, value: number | null): void => {
    if (value !== null) gauge(name).set(value);
  };
  known('tailrace_freshness_seconds', report.freshnessSeconds);
  known('tailrace_within_sla', report.withinSla ? 1 : 0);
  known('tailrace_source_lsn_bytes', position(report.source.lsn));
  known('tailrace_slot_retained_wal_bytes', report.source.slot.retainedBytes);
  known('tailrace_slot_safe_wal_bytes', report.source.slot.safeWalBytes);
  known('tailrace_slot_seconds_until_lost', report.source.slot.secondsUntilLost);
  known('tailrace_slot_active', report.source.slot.active === null ? null : Number(report.source.slot.active));
  known('tailrace_lake_durable_lsn_bytes', position(report.lake.durableLsn));
  known('tailrace_lake_batches', report.lake.batches);
  known('tailrace_lake_size_bytes', report.lakeSpace.bytes);
  known('tailrace_lake_free_bytes', report.lakeSpace.freeBytes);
  known('tailrace_warehouse_size_bytes', report.warehouse.space?.bytes ?? null);
  known('tailrace_warehouse_free_bytes', report.warehouse.space?.freeBytes ?? null);
  known('tailrace_warehouse_applied_lsn_bytes', position(report.warehouse.appliedLsn));
  known('tailrace_slot_catalog_xmin_age', report.source.slot.catalogXminAge);
  known('tailrace_slot_spilled_bytes', report.source.slot.spilledBytes);
  known('tailrace_wal_budget_bytes', report.source.walBudget.budgetBytes);
  known('tailrace_wal_budget_ratio', report.source.walBudget.share);
  known('tailrace_source_disk_free_bytes', report.source.diskFreeBytes);
  known('tailrace_source_seconds_until_disk_full', report.source.secondsUntilDiskFull);
  known(
    'tailrace_source_longest_transaction_seconds',
    report.source.lsn === null ? null : (report.source.longestTransaction?.seconds ?? 0),
  );
  known(
    'tailrace_alerts_undelivered',
    report.alerts.deliveries.reduce((sum, { waiting }) => sum + waiting, 0),
  );
  const stages = gauge('tailrace_stage_seconds', ['stage', 'quantile']);
  for (const { stage, ...times } of report.stages) {
    for (const [quantile, value] of [
      ['0.5', times.p50],
      ['0.95', times.p95],
      ['0.99', times.p99],
    ] as const)
      stages.set({ stage, quantile }, value);
  }
  const heldUp = gauge('tailrace_held_up', ['stage']);
  for (const stage of ['source', 'replicator', 'lake', 'compactor']) heldUp.set({ stage }, report.cause?.stage === stage ? 1 : 0);
  const alerts = gauge('tailrace_alerts', ['kind']);
  for (const kind of ALERT_KINDS) alerts.set({ kind }, report.alerts.active.filter((alert) => alert.kind === kind).length);
  const targets = gauge('tailrace_table_sla_seconds', ['table']);
  const dated = [...report.tables, ...report.models.map(({ model, ...one }) => ({ ...one, table: model }))];
  for (const { table, slaSeconds } of dated) targets.set({ table }, slaSeconds);
  const freshness = gauge('tailrace_table_freshness_seconds', ['table']);
  for (const { table, freshnessSeconds } of dated) if (freshnessSeconds !== null) freshness.set({ table }, freshnessSeconds);
  const tables = gauge('tailrace_tables', ['state']);
  for (const state of TABLE_STATES) tables.set({ state }, report.tables.filter((table) => table.state === state).length);
  known('tailrace_tables_unpublished', report.tables.filter(isUnpublished).length);
  modelGauges(report, gauge);
  return registry.metrics();
}

/** Left out where no model has ever run. */
function modelGauges(report: MonitorReport, gauge: (name: MetricName, labels?: string[]) => Gauge): void {
  if (report.models.length === 0) return;
  const models = gauge('tailrace_models', ['state']);
  for (const state of MODEL_STATES) models.set({ state }, report.models.filter((one) => one.state === state).length);
  gauge('tailrace_models_failed').set(report.models.filter(isFailed).length);
  const tests = gauge('tailrace_tests_failed', ['severity']);
  for (const severity of ['error', 'warn']) tests.set({ severity }, report.failingTests.filter((one) => one.severity === severity).length);
  gauge('tailrace_exports_failed').set(report.failedExports.length);
}

/** Positions as numbers: exact below 2^53, which a WAL of 8 PB does not reach. */
function position(lsn: string | null): number | null {
  return lsn === null ? null : Number(parseLsn(lsn));
}
