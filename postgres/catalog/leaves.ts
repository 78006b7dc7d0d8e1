import { qualifiedName } from '../../core/table.ts';
import type { SqlConnection } from '../session/connect.ts';
import type { ShapedRelation } from './table-shape.ts';

/** A relation with rows: a table, or one leaf of a partitioned table. */
export interface Leaf {
  readonly oid: number;
  /** Quoted `schema.table`. */
  readonly table: string;
  /** File node seen by the snapshot. */
  readonly filenode: string;
  /** Pages of the heap. */
  readonly pages: number;
  /** Bytes of heap and TOAST together. */
  readonly bytes: number;
  /** False for access methods without ctid ranges: these relations are read in one piece. */
  readonly heap: boolean;
}

const SIZES = `
SELECT o.oid, (pg_relation_size(o.oid) / current_setting('block_size')::bigint)::float8 AS pages, pg_table_size(o.oid)::float8 AS bytes
FROM unnest($1::oid[]) AS o(oid)`;

/**
 * The relations that hold rows, with their current sizes. These are never smaller than what the
 * snapshot sees, because only a rewrite removes pages of visible rows. Foreign partitions are
 * skipped: the stream has no changes of them.
 */
export async function readLeaves(outside: SqlConnection, relations: readonly ShapedRelation[]): Promise<Leaf[]> {
  const stored = relations.filter(({ kind }) => kind === 'r');
  const sizes = await outside.query<{ oid: number; pages: number; bytes: number }>(SIZES, [stored.map(({ oid }) => oid)]);
  return stored.map((relation) => {
    const size = sizes.find(({ oid }) => oid === relation.oid);
    return {
      oid: relation.oid,
      table: qualifiedName(relation.schema, relation.name),
      filenode: relation.filenode,
      pages: size?.pages ?? 0,
      bytes: size?.bytes ?? 0,
      heap: relation.accessMethod === 'heap',
    };
  });
}

/**
 * The planner's estimate of the rows of a table and its partitions. It follows the current size,
 * even if the table was never analyzed.
 */
export async function estimateRows(outside: SqlConnection, table: { schema: string; name: string }, filter?: string): Promise<number> {
  const [row] = await outside.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    `EXPLAIN (FORMAT JSON) SELECT FROM ${qualifiedName(table.schema, table.name)}${filter === undefined ? '' : ` WHERE ${filter}`}`,
  );
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}
