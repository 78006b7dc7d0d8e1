/** Every metric of the product: name → what it tells. Labels are `table` and nothing else; values are base units. */
export const METRICS = {
  tailrace_freshness_seconds: 'Source clock minus the as-of of the least fresh live table.',
  tailrace_table_freshness_seconds: 'Source clock minus the as-of of a table, by table.',
  tailrace_within_sla: '1 when every table is within the promised freshness, else 0.',
  tailrace_tables: 'Number of tables, by state.',
  tailrace_source_lsn_bytes: 'Write position of the source.',
  tailrace_slot_retained_wal_bytes: 'WAL the source keeps because of the slot.',
  tailrace_slot_safe_wal_bytes: 'WAL that can still be written before the slot is lost; absent when the source sets no limit.',
  tailrace_slot_seconds_until_lost: 'Until the source gives the slot up, as the kept WAL grows now; absent when there is no end in sight.',
  tailrace_slot_active: '1 while a replicator is connected to the slot, else 0.',
  tailrace_lake_durable_lsn_bytes: 'The `to` position of the last manifest.',
  tailrace_lake_batches: 'Number of the last manifest.',
  tailrace_warehouse_applied_lsn_bytes: 'Position below which every live table is complete in the warehouse.',
} as const;

export type MetricName = keyof typeof METRICS;
