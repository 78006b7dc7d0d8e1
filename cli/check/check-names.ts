import { qualifiedName, quoteIdent } from '../../core/table.ts';
import type { CatalogTable } from '../../postgres/catalog/catalog.ts';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';

/**
 * Tables → an item for each that the warehouse shows under another name than the source, or without
 * its exact view. Pure.
 */
export function checkNames(tables: readonly Pick<CatalogTable, 'schema' | 'name'>[]): CheckItem[] {
  const taken = new Set(tables.map(({ schema, name }) => qualifiedName(schema, name)));
  return tables.flatMap(({ schema, name }): CheckItem[] => {
    const table = qualifiedName(schema, name);
    const database = warehouseDatabase(schema);
    const exact = qualifiedName(schema, `${name}__exact`);
    const items: CheckItem[] = [];
    if (database !== schema) {
      const ours = database === `pg_${schema}`;
      const why = ours ? "the name of its schema is ClickHouse's or ours" : 'the name of its schema is longer than ClickHouse can keep';
      const fix = `ALTER SCHEMA ${quoteIdent(schema)} RENAME TO ${quoteIdent(ours ? `app_${schema}` : database)};`;
      items.push({
        item: 'name in the warehouse',
        value: `it is in database ${quoteIdent(database)}, ${why}`,
        verdict: 'warn',
        fix,
        table,
      });
    }
    const shown = warehouseTable(database, name);
    if (shown !== name) {
      const value = `it is called ${quoteIdent(shown)}, its name is longer than ClickHouse can keep`;
      const fix = `ALTER TABLE ${table} RENAME TO ${quoteIdent(shown)};`;
      items.push({ item: 'name in the warehouse', value, verdict: 'warn', fix, table });
    }
    if (taken.has(exact)) {
      const value = `its exact texts are shown nowhere, because ${exact} is a table`;
      const fix = `ALTER TABLE ${exact} RENAME TO ${quoteIdent(`${name}_exact`)};`;
      items.push({ item: 'exact view', value, verdict: 'warn', fix, table });
    }
    return items;
  });
}
