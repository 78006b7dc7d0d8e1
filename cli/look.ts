import { freshnessContract } from '../core/config.ts';
import type { ConfigOf } from '../core/config.ts';
import { retentionText } from '../core/sections/table-retention.ts';
import type { Log } from '../core/log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { StatusReaderOptions } from '../monitor/status-reader.ts';
import { heartbeatOf, sourceOf, warehouseChoice } from './ends.ts';

/** The options of a look at the whole pipeline; `role` is its application name at the source. */
export function lookOptions(
  config: ConfigOf<'status'>,
  store: ObjectStore,
  { role, log }: { role: 'status' | 'monitor'; log: Log },
): StatusReaderOptions {
  return {
    source: sourceOf(config, role),
    store,
    warehouse: warehouseChoice(config),
    tables: config.tables ?? null,
    slaMs: config.sla,
    contract: freshnessContract(config),
    heartbeatMs: heartbeatOf(config),
    retention: retentionText(config['lake.retention']),
    walBudgetBytes: config['source.walBudget'] ?? null,
    // `status` may run under a user who can only read.
    probesLake: role === 'monitor',
    log,
  };
}
