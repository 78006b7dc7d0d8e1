import PQueue from 'p-queue';
import { TailraceError } from '../core/errors.ts';
import { qualifiedName } from '../core/table.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { readShape, shapeDifference } from '../postgres/catalog/table-shape.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';

/**
 * A session without a snapshot: it sees the catalog as it is now. Copies share it, one statement at
 * a time.
 */
export class Outside {
  readonly #connection: SqlConnection;
  readonly #lane = new PQueue({ concurrency: 1 });

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  run<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.#lane.add(() => work(this.#connection));
  }
}

/**
 * Takes ACCESS SHARE on a relation in the transaction of the snapshot, within its lock_timeout.
 * Until the transaction ends, the relation cannot be rewritten.
 */
export async function lockRelation(inside: SqlConnection, relation: ShapedRelation): Promise<void> {
  await inside.query(`LOCK TABLE ONLY ${qualifiedName(relation.schema, relation.name)} IN ACCESS SHARE MODE`);
}

/**
 * Throws TABLE_CHANGED unless the relation still is what the snapshot saw. While the caller holds
 * the lock, it stays so.
 */
export async function checkUnchanged(outside: Outside, seen: readonly ShapedRelation[]): Promise<void> {
  const [first] = seen;
  if (first === undefined) throw new TailraceError('TABLE_CHANGED', 'a table of the publication is not in the snapshot');
  const now = await outside.run((connection) => readShape(connection, first.oid));
  const difference = shapeDifference(seen, now);
  if (difference !== null)
    throw new TailraceError('TABLE_CHANGED', `${qualifiedName(first.schema, first.name)} ${difference} while it was copied`);
}
