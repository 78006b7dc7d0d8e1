import { TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { holdReason } from '../../core/narrowing.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { TableRules } from '../../core/table-rule.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import { readTables, toTableSchema } from '../../postgres/catalog/catalog.ts';
import type { CatalogTable } from '../../postgres/catalog/catalog.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import { narrowTable } from '../../postgres/catalog/narrow.ts';
import { FactsStore } from '../catalog/facts-store.ts';

/**
 * A new epoch knows nothing about the tables of the last one. If the configuration is the same,
 * everything that was left out, masked or filtered must still be so. BAD_CONFIG names the table
 * that was renamed, so that its rules no longer apply.
 */
export async function requireSameRules(
  connection: SqlConnection,
  { store, rules, log }: { readonly store: ObjectStore; readonly rules: TableRules; readonly log: Log },
): Promise<void> {
  const last = await new ManifestLog(store, log).last();
  if (last?.facts === undefined) return;
  const schemas = new SchemaStore(store);
  const { tables } = await new FactsStore(store).get(last.facts);
  const known = await Promise.all(tables.map(({ tableId, schema }) => schemas.get(tableId, schema)));
  const narrowed = known.filter((table) => table.narrowed !== undefined);
  if (narrowed.length === 0) return;
  const now = await readTables(
    connection,
    narrowed.map(({ oid }) => oid),
  );
  for (const table of now) {
    const before = narrowed.find(({ oid }) => oid === table.oid);
    const reason = before === undefined ? null : shownReason(before, narrowTable(table, rules), rules.fingerprint);
    if (reason !== null) throw new TailraceError('BAD_CONFIG', `${qualifiedName(table.schema, table.name)}: ${reason}`);
  }
}

/** The server is not asked for the filter here: it is enough that there is one. */
function shownReason(before: TableSchema, now: CatalogTable, by: string): string | null {
  const schema = toTableSchema(now, before.epoch);
  const filter = now.narrowed?.where === null ? null : (before.narrowed?.filter ?? null);
  const after = schema.narrowed === undefined ? schema : { ...schema, narrowed: { ...schema.narrowed, filter } };
  return holdReason(before, after, { rule: null, by });
}
