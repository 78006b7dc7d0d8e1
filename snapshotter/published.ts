import { matchTables } from '../core/table-glob.ts';
import { qualifiedName, tableId } from '../core/table.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { publishedTables } from '../postgres/publication/publication.ts';
import type { PublishedTable } from './choose-copies.ts';

/** Which publication, of which epoch, narrowed by which globs (null: not at all). */
export interface PublishedQuery {
  readonly publication: string;
  readonly epoch: number;
  readonly globs: readonly string[] | null;
}

/**
 * The tables whose changes are streamed from now on: only of these a copy can be continued by the
 * stream.
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
  // On its way from one publication to the other, a table is in both.
  return tables.filter(({ oid, appendOnly }) => !appendOnly || !tables.some((other) => other.oid === oid && !other.appendOnly));
}
