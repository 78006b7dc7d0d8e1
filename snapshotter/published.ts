import { matchTables } from '../core/table-glob.ts';
import { qualifiedName, tableId } from '../core/table.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { publishedTables } from '../postgres/publication/publication.ts';
import type { PublishedTable } from './choose-copies.ts';

/** Which publication, in which epoch, narrowed by which globs (null: by none). */
export interface PublishedQuery {
  readonly publication: string;
  readonly epoch: number;
  readonly globs: readonly string[] | null;
}

/**
 * The tables whose changes are streamed from now on. The stream can continue the copy of no others.
 */
export async function readPublished(connection: SqlConnection, query: PublishedQuery): Promise<PublishedTable[]> {
  const published = await publishedTables(connection, query.publication);
  const tables = matchTables(query.globs, published, true).map(({ oid, schema, name, appendOnly, filter }) => ({
    tableId: tableId(oid, query.epoch),
    oid,
    table: qualifiedName(schema, name),
    appendOnly,
    ...(filter === null ? {} : { filter: filter.text }),
  }));
  // A table that moves from one publication to the other is in both.
  return tables.filter(({ oid, appendOnly }) => !appendOnly || !tables.some((other) => other.oid === oid && !other.appendOnly));
}
