import { TailraceError } from '../core/errors.ts';
import { qualifiedName } from '../core/table.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { readShape, shapeDifference } from '../postgres/table-shape.ts';
import type { ShapedRelation } from '../postgres/table-shape.ts';

/**
 * Takes ACCESS SHARE on a relation in the snapshot's transaction (its lock_timeout applies), so that until the transaction ends
 * nobody can rewrite it.
 */
export async function lockRelation(inside: SqlConnection, relation: ShapedRelation): Promise<void> {
  await inside.query(`LOCK TABLE ONLY ${qualifiedName(relation.schema, relation.name)} IN ACCESS SHARE MODE`);
}

/**
 * Throws TABLE_CHANGED unless the relation is now what the snapshot saw. `outside` must be a session without a snapshot of its own;
 * the caller holds the lock, so what is equal now stays equal.
 */
export async function checkUnchanged(outside: SqlConnection, seen: readonly ShapedRelation[]): Promise<void> {
  const [first] = seen;
  if (first === undefined) throw new TailraceError('TABLE_CHANGED', 'a table of the publication is not in the snapshot');
  const rootOid = first.oid;
  const difference = shapeDifference(seen, await readShape(outside, rootOid));
  if (difference !== null) throw new TailraceError('TABLE_CHANGED', `${qualifiedName(first.schema, first.name)} ${difference} while it was copied`);
}
