import { qualifiedName, quoteIdent } from '../../core/table.ts';
import type { CatalogTable } from '../../postgres/catalog/catalog.ts';
import type { CheckItem } from '../../postgres/preflight/check-item.ts';
import { warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';

/**
 * An item for each table that has another name in the warehouse than in the source, or no exact
 * view. Pure.
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
      const why = ours ? 'ClickHouse or tailrace uses the name of its schema' : 'the name of its schema is too long for ClickHouse';
      const fix = `ALTER SCHEMA ${quoteIdent(schema)} RENAME TO ${quoteIdent(ours ? `app_${schema}` : database)};`;
      items.push({
        item: 'name in the warehouse',
        value: `it is in database ${quoteIdent(database)}, because ${why}`,
        verdict: 'warn',
        fix,
        table,
      });
    }
    const shown = warehouseTable(database, name);
    if (shown !== name) {
      const value = `it is called ${quoteIdent(shown)}, because its name is too long for ClickHouse`;
      const fix = `ALTER TABLE ${table} RENAME TO ${quoteIdent(shown)};`;
      items.push({ item: 'name in the warehouse', value, verdict: 'warn', fix, table });
    }
    if (taken.has(exact)) {
      const value = `no view shows its exact values, because ${exact} is a table`;
      const fix = `ALTER TABLE ${exact} RENAME TO ${quoteIdent(`${name}_exact`)};`;
      items.push({ item: 'exact view', value, verdict: 'warn', fix, table });
    }
    return items;
  });
}
