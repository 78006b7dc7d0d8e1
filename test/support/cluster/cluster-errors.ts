import { exceptionText } from '../../../warehouse/clickhouse-code.ts';
import type { KeeperNode } from './keeper-node.ts';
import type { TableName } from './cluster-statement.ts';
import { placeOfTable } from './cluster-statement.ts';

/** An exception of ClickHouse, in its own words. */
function raised(code: number, what: string): Error {
  return new Error(exceptionText(code, what));
}

/** What a cluster answers that cannot do as it is told. */
export const REFUSALS = {
  keeperAway: () => new Error('Code: 999. Coordination::Exception: Coordination error: Connection loss. (KEEPER_EXCEPTION)'),
  readOnly: (table: TableName, { shard, replica }: KeeperNode) =>
    raised(
      242,
      `Table is in readonly mode (replica path: /clickhouse/tables/${placeOfTable(table)}/${shard}/replicas/r${replica}). (TABLE_IS_READ_ONLY)`,
    ),
  tooFewReplicas: (alive: number, quorum: number, replicas: number) =>
    raised(285, `Number of alive replicas (${alive}) is less than requested quorum (${quorum}/${replicas}). (TOO_FEW_LIVE_REPLICAS)`),
  unknownQuorum: () =>
    raised(
      319,
      'Unknown quorum status. The data was inserted in the local replica but we could not verify quorum. Reason: Timeout while waiting for quorum. (UNKNOWN_STATUS_OF_INSERT)',
    ),
  syncTimedOut: (table: TableName) =>
    raised(159, `SYNC REPLICA ${placeOfTable(table)}: command timed out. See the 'receive_timeout' setting. (TIMEOUT_EXCEEDED)`),
  noReplica: (shard: number) =>
    raised(279, `All connection tries failed. No replica of shard ${shard} answers. (ALL_CONNECTION_TRIES_FAILED)`),
  noSuchCluster: (name: string) => raised(701, `Requested cluster '${name}' not found. (CLUSTER_DOESNT_EXIST)`),
  notAView: (table: TableName) => raised(80, `Table ${placeOfTable(table)} is not a View. (INCORRECT_QUERY)`),
  clone: () =>
    raised(
      344,
      'CREATE CLONE AS is not supported with Replicated databases. Use separate CREATE and INSERT queries. (SUPPORT_IS_DISABLED)',
    ),
  explicitPath: () =>
    raised(
      36,
      'Explicit zookeeper_path and replica_name are specified in ReplicatedMergeTree arguments. It is not allowed. (BAD_ARGUMENTS)',
    ),
} as const;
