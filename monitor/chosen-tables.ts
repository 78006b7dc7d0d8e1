import { matchTables } from '../core/table-glob.ts';
import { qualifiedName } from '../core/table.ts';
import { readTables } from '../postgres/catalog.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { publishedTables } from '../postgres/publication.ts';
import type { ChosenTable } from './status.ts';

/** The tables that are replicated: what our publications hold, or, before there are any, what the globs choose. */
export async function chosenTables(connection: SqlConnection, name: string, globs: readonly string[] | null): Promise<ChosenTable[]> {
  const published = await publishedTables(connection, name);
  if (published.length > 0)
    return published.map(({ oid, schema, name: table, appendOnly }) => ({ table: qualifiedName(schema, table), oid, appendOnly }));
  const tables = await readTables(connection, null);
  return matchTables(globs, tables, true).map((table) => ({
    table: qualifiedName(table.schema, table.name),
    oid: table.oid,
    appendOnly: false,
  }));
}
