/**
 * Every metric of the product: name → meaning. Values are in base units; the text names the labels.
 */
export const METRICS = {
  tailrace_freshness_seconds: 'Source clock minus the as-of of the least fresh live table.',
  tailrace_table_freshness_seconds: 'Source clock minus the as-of of a table, by table.',
  tailrace_within_sla: '1 when every table is within the promised freshness, else 0.',
  tailrace_tables: 'Number of tables, by state.',
  tailrace_tables_unpublished: 'Chosen tables that are not replicated, or not whole, until somebody changes something.',
  tailrace_source_lsn_bytes: 'Write position of the source.',
  tailrace_slot_retained_wal_bytes: 'WAL the source keeps because of the slot.',
  tailrace_slot_safe_wal_bytes: 'WAL that can still be written before the slot is lost; absent when the source sets no limit.',
  tailrace_slot_seconds_until_lost: 'Until the source gives the slot up, as the kept WAL grows now; absent when there is no end in sight.',
  tailrace_slot_catalog_xmin_age: 'Transactions since which the source keeps old rows of its catalog for the slot.',
  tailrace_slot_spilled_bytes: "What the slot's decoder wrote to the source's disk since its statistics were reset.",
  tailrace_wal_budget_bytes: 'WAL that the source may keep for us; absent when nothing is known that it could be half of.',
  tailrace_wal_budget_ratio: 'Kept WAL as a part of the budget; 1 is all of it.',
  tailrace_source_disk_free_bytes: "Free on the source's disk, where that can be seen from here.",
  tailrace_source_seconds_until_disk_full: 'Until that disk is full, as the kept WAL grows now; absent when there is no end in sight.',
  tailrace_source_longest_transaction_seconds:
    'Age of the oldest open transaction of the source that has changed something; 0 when there is none.',
  tailrace_stage_seconds: 'What the oldest change of a batch spent in a stage over the last minutes, by stage and quantile.',
  tailrace_held_up: '1 for the stage that holds changes up now, by stage.',
  tailrace_table_sla_seconds: 'Freshness that is promised of a table, by table.',
  tailrace_alerts: 'Number of alerts that are raised, by kind.',
  tailrace_alerts_undelivered: 'Alerts that no channel has taken yet.',
  tailrace_slot_active: '1 while a replicator is connected to the slot, else 0; absent while the source does not answer.',
  tailrace_lake_durable_lsn_bytes: 'The `to` position of the last manifest.',
  tailrace_lake_batches: 'Number of the last manifest.',
  tailrace_lake_size_bytes: 'What the lake takes; absent for a bucket, which would have to be listed.',
  tailrace_lake_free_bytes: 'Free where the lake lies; absent for a bucket.',
  tailrace_warehouse_size_bytes: 'What the warehouse takes on its disk, as its compactor last told.',
  tailrace_warehouse_free_bytes: 'Free on the disk of the warehouse, as its compactor last told.',
  tailrace_warehouse_applied_lsn_bytes: 'Position below which every live table is complete in the warehouse.',
} as const;

export type MetricName = keyof typeof METRICS;
