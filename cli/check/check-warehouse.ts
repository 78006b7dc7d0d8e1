import type { Log } from '../../core/log.ts';
import { requireLakeReading } from '../../core/sections/lake-reading.ts';
import { requireClusterEnds } from '../../core/sections/warehouse-cluster.ts';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { checkCluster } from './check-cluster.ts';
import { checkServer } from './check-server.ts';
import type { WarehouseSettings } from './check-server.ts';

/**
 * The items of a ClickHouse server, or of every node of a cluster; none for a directory, which
 * `compact` tests at its start. It changes nothing on a server.
 *
 * @param databases those that the tables will be in
 *
 * Errors: WAREHOUSE_UNAVAILABLE and WAREHOUSE_REFUSED when the server of the URL cannot be asked;
 * BAD_CONFIG when the settings contradict each other.
 */
export async function checkWarehouse(config: WarehouseSettings, databases: readonly string[], log: Log): Promise<CheckItem[]> {
  const cluster = config['warehouse.cluster'];
  requireClusterEnds({ ...config, cluster });
  if (!/^https?:\/\//i.test(config.warehouse)) return [];
  requireLakeReading(config['warehouse.lakeAccess'], config.lake);
  await using engine = await HttpEngine.open({ url: config.warehouse, log });
  if (cluster === undefined) return await checkServer(engine, { config, databases, where: '' });
  return await checkCluster(engine, cluster, { config, databases }, log);
}
