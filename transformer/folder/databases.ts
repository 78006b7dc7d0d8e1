import { parseQualifiedName, qualifiedName } from '../../core/table.ts';
import { isTaken, shownSchema, warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';

/**
 * Whether a database belongs to ClickHouse or to tailrace: state, freezes of runs, stored models.
 */
export function isOurs(database: string): boolean {
  return isTaken(database) || /^tailrace(?:_|$)/i.test(database);
}

/**
 * The id of a table that a text reads: that of a model, or that of a table of the source, which
 * begins with its schema. The database of a schema may have another name.
 */
export function idOf({ database, name }: { readonly database: string; readonly name: string }): string {
  return qualifiedName(shownSchema(database), name);
}

/** The place in the warehouse of a table of the source, by its id. */
export function sourceTable(id: string): { readonly database: string; readonly name: string } {
  const { schema, name } = parseQualifiedName(id);
  const database = warehouseDatabase(schema);
  return { database, name: warehouseTable(database, name) };
}
