import { qualifiedName, tableId } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { CatalogEvent } from '../../lake/manifest.ts';

/** A fact about a table for the next manifest. The caller adds fields that its kind needs. */
export function eventOf(kind: CatalogEvent['kind'], table: TableSchema): CatalogEvent {
  return { kind, table: qualifiedName(table.schema, table.name), tableId: tableId(table.oid, table.epoch) };
}
