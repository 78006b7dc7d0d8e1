import { arrayLiteralCh, literalCh, qualifiedCh } from '../../../warehouse/names.ts';
import type { Distributed, ShapeStatement, TableName } from './cluster-statement.ts';
import { placeOfTable } from './cluster-statement.ts';

/** The database of what a node has only because it is a double. */
export const HIDDEN = 'keeper';

/** What `system.replicas` says of one table on one node. */
export interface ReplicaRow extends TableName {
  readonly isReadOnly: boolean;
  readonly total: number;
  readonly active: number;
  readonly replica: string;
  readonly blocks: number;
  readonly changes: number;
  readonly lost: number;
}

/** `system.replicas` of a node, as a subquery. */
export function replicasSubquery(rows: readonly ReplicaRow[]): string {
  const columns = [
    'String AS database',
    'String AS table',
    'UInt8 AS is_readonly',
    'UInt8 AS is_session_expired',
    'UInt8 AS total_replicas',
    'UInt8 AS active_replicas',
    'String AS replica_name',
    'UInt32 AS queue_size',
    'UInt32 AS inserts_in_queue',
    'UInt32 AS part_mutations_in_queue',
    'UInt64 AS absolute_delay',
    'UInt64 AS lost_part_count',
    'String AS last_queue_update_exception',
  ].map((column) => column.split(' AS ') as [string, string]);
  const values = rows.map((row) => {
    const waiting = row.blocks + row.changes;
    const readOnly = Number(row.isReadOnly);
    const place = [literalCh(row.database), literalCh(row.name), readOnly, readOnly, row.total, row.active, literalCh(row.replica)];
    const all = [...place, waiting, row.blocks, row.changes, waiting, row.lost, "''"];
    return `tuple(${all.join(', ')})`;
  });
  const type = `Array(Tuple(${columns.map(([of]) => of).join(', ')}))`;
  const selected = columns.map(([, name], at) => `one.${at + 1} AS ${name}`).join(', ');
  return `(SELECT ${selected} FROM (SELECT arrayJoin(CAST([${values.join(', ')}], '${type}')) AS one))`;
}

function isOneOf(places: readonly string[]): string {
  return `has(${arrayLiteralCh(places)}, concat(database, '.', name))`;
}

/**
 * `system.tables` of a node with the engines that real nodes would name, as a subquery. The tables
 * are `database.name`.
 */
export function tablesSubquery({ replicated, distributed }: Readonly<Record<'replicated' | 'distributed', readonly string[]>>): string {
  const engine = `multiIf(${isOneOf(distributed)}, 'Distributed', ${isOneOf(replicated)}, concat('Replicated', engine), engine)`;
  return `(SELECT * REPLACE (${engine} AS engine) FROM system.tables)`;
}

/** `system.databases` of a node, as a subquery. */
export function databasesSubquery(replicated: readonly string[]): string {
  return `(SELECT * REPLACE (if(has(${arrayLiteralCh(replicated)}, name), 'Replicated', engine) AS engine) FROM system.databases)`;
}

/**
 * A Distributed table as a node of the double has it: a view of the node's own shard and of a table
 * that reads the other ones over HTTP from the node's front. The engine's own cannot be read: it
 * wants TCP.
 */
export function distributedStandIn(
  { table, sql }: Pick<ShapeStatement, 'table' | 'sql'>,
  { cluster, of, comment }: Distributed,
  front: string,
): string[] {
  const local = qualifiedCh(of.database, of.name);
  const others = qualifiedCh(HIDDEN, `${placeOfTable(table)} of other shards`);
  const query = `SELECT * FROM ${local} FORMAT Native`;
  const url = `${front}/others?${new URLSearchParams({ cluster, query }).toString()}`;
  const head = /^\s*CREATE\s+TABLE\s+IF\s+NOT\s+EXISTS/i.test(sql) ? 'CREATE VIEW IF NOT EXISTS' : 'CREATE OR REPLACE VIEW';
  return [
    `CREATE OR REPLACE TABLE ${others} AS ${local} ENGINE = URL(${literalCh(url)}, 'Native')`,
    `${head} ${qualifiedCh(table.database, table.name)} AS SELECT * FROM ${local} UNION ALL SELECT * FROM ${others} COMMENT '${comment}'`,
  ];
}
