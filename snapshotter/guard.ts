import PQueue from 'p-queue';
import { TailraceError } from '../core/errors.ts';
import { qualifiedName } from '../core/table.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { readTables } from '../postgres/catalog/catalog.ts';
import type { CatalogTable } from '../postgres/catalog/catalog.ts';
import { readShapes, shapeDifference } from '../postgres/catalog/table-shape.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';
import { Gathered } from './gathered.ts';

/**
 * A session without a snapshot: it sees the catalog as it is now. Copies share it, one statement at
 * a time.
 */
export class Outside {
  readonly #connection: SqlConnection;
  readonly #lane = new PQueue({ concurrency: 1 });
  readonly #shapes: Gathered<readonly ShapedRelation[]>;
  readonly #tables: Gathered<CatalogTable | null>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    this.#shapes = new Gathered<readonly ShapedRelation[]>((take) => this.run((session) => readShapes(session, take())), []);
    this.#tables = new Gathered<CatalogTable | null>(
      (take) => this.run(async (session) => new Map((await readTables(session, take())).map((table) => [table.oid, table]))),
      null,
    );
  }

  /** The shape of a relation and its partitions; empty when there is none. */
  shape(oid: number): Promise<readonly ShapedRelation[]> {
    return this.#shapes.get(oid);
  }

  /** A table as the catalog has it; null when there is none. */
  table(oid: number): Promise<CatalogTable | null> {
    return this.#tables.get(oid);
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
  const difference = shapeDifference(seen, await outside.shape(first.oid));
  if (difference !== null)
    throw new TailraceError('TABLE_CHANGED', `${qualifiedName(first.schema, first.name)} ${difference} while it was copied`);
}
