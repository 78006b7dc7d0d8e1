/**
 * Every metric of the product: name → meaning. Values are in base units; the text names the labels.
 */
export const METRICS = {
  tailrace_freshness_seconds: 'Source clock minus the as-of of the least fresh live table.',
  tailrace_table_freshness_seconds: 'Source clock minus the as-of of a table or model, by table.',
  tailrace_within_sla: '1 when every table and model meets its freshness target and no model failed, else 0.',
  tailrace_tables: 'Number of tables, by state.',
  tailrace_tables_unpublished: 'Chosen tables that are not replicated, or only in part, until a person changes something.',
  tailrace_source_lsn_bytes: 'Write position of the source.',
  tailrace_slot_retained_wal_bytes: 'WAL that the source keeps for the slot.',
  tailrace_slot_safe_wal_bytes: 'WAL that can still be written before the slot is lost; absent when the source sets no limit.',
  tailrace_slot_seconds_until_lost:
    'Time until the source invalidates the slot at the present growth of kept WAL; absent when no end is in sight.',
  tailrace_slot_catalog_xmin_age: 'Age, in transactions, of the oldest catalog rows that the source keeps for the slot.',
  tailrace_slot_spilled_bytes: "Bytes that the slot's decoder spilled to the source's disk since its statistics were reset.",
  tailrace_wal_budget_bytes: 'WAL that the source may keep for tailrace; absent when neither a budget nor the free space is known.',
  tailrace_wal_budget_ratio: 'Kept WAL over the budget; 1 is all of it.',
  tailrace_source_disk_free_bytes: "Free bytes on the source's disk; absent where the monitor cannot see it.",
  tailrace_source_seconds_until_disk_full:
    'Time until that disk is full at the present growth of kept WAL; absent when no end is in sight.',
  tailrace_source_longest_transaction_seconds:
    'Age of the oldest open transaction of the source that has changed something; 0 when there is none.',
  tailrace_stage_seconds: 'Time that the oldest change of a batch spent in a stage, over the last minutes, by stage and quantile.',
  tailrace_held_up: '1 for the stage that holds changes up now, by stage.',
  tailrace_table_sla_seconds: 'Freshness target of a table or model, by table.',
  tailrace_models: 'Number of models, by state.',
  tailrace_models_failed: 'Models whose last run failed.',
  tailrace_tests_failed: 'Tests that found rows or could not run, by severity.',
  tailrace_exports_failed: 'Exports whose last try failed.',
  tailrace_alerts: 'Number of raised alerts, by kind.',
  tailrace_alerts_undelivered: 'Notices that wait for delivery, summed over the channels.',
  tailrace_slot_active: '1 while a replicator is connected to the slot, else 0; absent while the source does not answer.',
  tailrace_lake_durable_lsn_bytes: 'The `to` position of the last manifest.',
  tailrace_lake_batches: 'Number of the last manifest.',
  tailrace_lake_size_bytes: 'Size of the lake; absent for a bucket, which would have to be listed.',
  tailrace_lake_free_bytes: 'Free bytes on the disk of the lake; absent for a bucket.',
  tailrace_warehouse_size_bytes: 'Size of the warehouse on its disk, as its compactor last reported.',
  tailrace_warehouse_free_bytes: 'Free bytes on the disk of the warehouse, as its compactor last reported.',
  tailrace_warehouse_applied_lsn_bytes: 'Position below which every live table is complete in the warehouse.',
} as const;

export type MetricName = keyof typeof METRICS;
