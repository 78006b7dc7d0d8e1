import { expect, test } from 'vitest';
import { retryOf } from '../../core/errors.ts';
import { engineError } from '../../warehouse/clickhouse-code.ts';
import { isTableError } from './table-error.ts';

const HEALS: readonly (readonly [code: number, what: string])[] = [
  [3, 'Attempt to read after eof. (UNEXPECTED_END_OF_FILE)'],
  [159, "SYNC REPLICA tailrace.t1: command timed out. See the 'receive_timeout' setting. (TIMEOUT_EXCEEDED)"],
  [159, "SYNC DATABASE REPLICA tailrace: database is readonly or command timed out. See the 'receive_timeout' setting. (TIMEOUT_EXCEEDED)"],
  [
    159,
    'ReplicatedDatabase DDL task /clickhouse/databases/tailrace/log/query-7 is not finished on 1 of 2 hosts: executing longer than distributed_ddl_task_timeout (=180) seconds. (TIMEOUT_EXCEEDED)',
  ],
  [209, 'Timeout exceeded while reading from socket. (SOCKET_TIMEOUT)'],
  [210, 'Connection reset by peer. (NETWORK_ERROR)'],
  [225, 'Cannot get ZooKeeper. (NO_ZOOKEEPER)'],
  [236, 'The server is shutting down. (ABORTED)'],
  [242, 'Table is in readonly mode. (TABLE_IS_READ_ONLY)'],
  [244, 'Unexpected ZooKeeper error while adding block: Session expired. (UNEXPECTED_ZOOKEEPER_ERROR)'],
  [252, 'Too many parts. (TOO_MANY_PARTS)'],
  [254, 'No active replicas. (NO_ACTIVE_REPLICAS)'],
  [279, 'All connection tries failed. (ALL_CONNECTION_TRIES_FAILED)'],
  [285, 'Number of alive replicas (1) is less than requested quorum (2/2). (TOO_FEW_LIVE_REPLICAS)'],
  [286, 'Quorum for previous write has not been satisfied yet. (UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE)'],
  [289, 'Replica is not in quorum. (REPLICA_IS_NOT_IN_QUORUM)'],
  [319, 'Unknown quorum status. (UNKNOWN_STATUS_OF_INSERT)'],
  [341, 'Mutation is not finished because some replicas are inactive right now: r2. (UNFINISHED)'],
  [341, 'Timeout: Cannot enqueue query on this replica, most likely because replica is busy with previous queue entries. (UNFINISHED)'],
  [369, 'All replicas are stale. (ALL_REPLICAS_ARE_STALE)'],
  [416, 'Replica was removed or became readonly. (REPLICA_STATUS_CHANGED)'],
  [517, 'Metadata on replica is not up to date with common metadata in Zookeeper. (CANNOT_ASSIGN_ALTER)'],
  [529, 'Cannot enqueue query on this replica, because it has replication lag of 51 queries. Try other replica. (NOT_A_LEADER)'],
  [999, 'Connection loss. (KEEPER_EXCEPTION)'],
];

test.each(HEALS)('code %i of a cluster heals, so it parks no table: %s', (code, what) => {
  const error = engineError(code, `Code: ${code}. DB::Exception: ${what}`);
  expect([error.code, retryOf(error), isTableError(error)]).toEqual(['WAREHOUSE_UNAVAILABLE', 'backoff', false]);
});

test('a statement that takes too long by itself, and one that is wrong, are of their table', () => {
  for (const [code, what] of [
    [159, 'Timeout exceeded: elapsed 3600 seconds. (TIMEOUT_EXCEEDED)'],
    [47, 'Unknown identifier. (UNKNOWN_IDENTIFIER)'],
  ] as const)
    expect(isTableError(engineError(code, `Code: ${code}. DB::Exception: ${what}`))).toBe(true);
});
