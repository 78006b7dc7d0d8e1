import type { SqlConnection } from '../session/connect.ts';

/** One relation of a table: itself, or one of its partitions. */
export interface ShapedRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `r` ordinary, `p` partitioned, `f` foreign. */
  readonly kind: string;
  readonly filenode: string;
  /** Table access method, null where there is no storage. */
  readonly accessMethod: string | null;
  /**
   * Existing columns as lines `attnum name type typmod generated`. Every change of a column changes
   * its line.
   */
  readonly columns: readonly string[];
}

const SHAPE = `
WITH RECURSIVE tree AS (
  SELECT wanted AS root, wanted AS oid FROM unnest($1::oid[]) AS wanted
  UNION ALL
  SELECT t.root, i.inhrelid FROM tree t JOIN pg_class p ON p.oid = t.oid AND p.relkind = 'p' JOIN pg_inherits i ON i.inhparent = t.oid
)
SELECT tree.root, c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relfilenode::text AS filenode,
  m.amname::text AS "accessMethod",
  ARRAY(
    SELECT concat_ws(' ', a.attnum, a.attname, a.atttypid::bigint, a.atttypmod, a.attgenerated)
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
  ) AS columns
FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam
ORDER BY c.oid <> tree.root, c.oid`;

/**
 * Storage and columns of a table (first) and its partitions (by oid) as the session's snapshot sees
 * them; empty when there is no such table.
 *
 * A snapshot is not safe against rewrites: after ALTER COLUMN TYPE it sees an empty table, and the
 * stream does not report it. So a reader takes ACCESS SHARE and compares this inside and outside
 * its snapshot. Only plain catalog columns are read, because functions such as
 * `pg_relation_filenode` ignore the snapshot and use the current catalog.
 */
export async function readShape(connection: SqlConnection, oid: number): Promise<readonly ShapedRelation[]> {
  return (await readShapes(connection, [oid])).get(oid) ?? [];
}

/** The same of several tables, in one statement, by oid. Without those that do not exist. */
export async function readShapes(connection: SqlConnection, oids: readonly number[]): Promise<Map<number, ShapedRelation[]>> {
  const rows = await connection.query<ShapedRelation & { readonly root: number }>(SHAPE, [oids]);
  const shapes = new Map<number, ShapedRelation[]>();
  for (const { root, ...relation } of rows) {
    const known = shapes.get(root);
    if (known === undefined) shapes.set(root, [relation]);
    else known.push(relation);
  }
  return shapes;
}

/** The difference between two shapes of one table, in words; null if they are equal. */
export function shapeDifference(before: readonly ShapedRelation[], after: readonly ShapedRelation[]): string | null {
  if (after.length === 0) return 'was dropped';
  if (before.length !== after.length) return 'gained or lost partitions';
  for (const [i, one] of before.entries()) {
    const other = after[i];
    if (other === undefined || other.oid !== one.oid) return 'gained or lost partitions';
    if (other.schema !== one.schema || other.name !== one.name) return 'was renamed';
    if (other.columns.join('\n') !== one.columns.join('\n')) return 'changed its columns';
    if (other.filenode !== one.filenode) return 'was rewritten';
  }
  return null;
}
