import { Gauge, Registry } from 'prom-client';
import { parseLsn } from '../core/lsn.ts';
import { METRICS } from '../core/metrics.ts';
import type { MetricName } from '../core/metrics.ts';
import type { StatusReport } from './status.ts';

const STATES = ['waiting', 'copying', 'catching-up', 'live', 'parked', 'dropped'];

/** The report as Prometheus text; what is not known is left out, never zero. */
export async function metricsText(report: StatusReport): Promise<string> {
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
  known('tailrace_slot_active', report.source.slot.active ? 1 : 0);
  known('tailrace_lake_durable_lsn_bytes', position(report.lake.durableLsn));
  known('tailrace_lake_batches', report.lake.batches);
  known('tailrace_warehouse_applied_lsn_bytes', position(report.warehouse.appliedLsn));
  const freshness = gauge('tailrace_table_freshness_seconds', ['table']);
  for (const table of report.tables) if (table.freshnessSeconds !== null) freshness.set({ table: table.table }, table.freshnessSeconds);
  const tables = gauge('tailrace_tables', ['state']);
  for (const state of STATES) tables.set({ state }, report.tables.filter((table) => table.state === state).length);
  return registry.metrics();
}

/** Positions as numbers: exact below 2^53, which a WAL of 8 PB does not reach. */
function position(lsn: string | null): number | null {
  return lsn === null ? null : Number(parseLsn(lsn));
}
