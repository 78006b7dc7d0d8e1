import { namesNull } from '../../core/column-type.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { replicated } from '../../warehouse/cluster/shards.ts';
import { arrayLiteralCh, literalCh, quoteCh } from '../../warehouse/names.ts';
import { settingsClause, TABLE_SETTINGS } from '../../warehouse/place.ts';
import { storageColumn, storageType } from './clickhouse-types.ts';
import { missingValue } from './missing-value.ts';
import { commaAfterEach, storageKey } from './row-sql.ts';
import type { SchemaChange } from './schema-change.ts';

/** Creates the storage of a generation unless it exists. `policy`: its storage policy. */
export async function createStorage(engine: Engine, storage: string, schema: TableSchema, policy: string | null = null): Promise<void> {
  const columns = columnsSql(schema);
  const isKeyed = schema.identity === 'key';
  const settings = await settingsClause(engine, isKeyed ? TABLE_SETTINGS.storage : TABLE_SETTINGS.signed, policy);
  const common = { storage: quoteCh(storage), columns, replicated: replicated(engine), settings };
  if (!isKeyed) return engine.exec(sql('create-signed-storage', common));
  return engine.exec(sql('create-storage', { ...common, key: storageKey(schema).join(', ') }));
}

/** Creates the storage of a history unless it exists. */
export async function createHistory(engine: Engine, storage: string, schema: TableSchema, policy: string | null): Promise<void> {
  const settings = await settingsClause(engine, TABLE_SETTINGS.storage, policy);
  const common = { storage: quoteCh(storage), columns: columnsSql(schema), replicated: replicated(engine), settings };
  await engine.exec(sql('create-history', { ...common, key: storageKey(schema).join(', ') }));
}

/** Changes a storage to a later schema; may be repeated. */
export async function changeStorage(engine: Engine, storage: string, change: SchemaChange & { kind: 'in-place' }): Promise<void> {
  await markNullArrays(engine, storage, change.added);
  for (const column of change.added) {
    const missing = column.missing === null ? null : missingValue(column.type, column.missing);
    await engine.exec(sql('add-column', { storage: quoteCh(storage), column: columnSql(column, false, missing) }));
  }
  for (const column of change.widened) {
    await engine.exec(
      sql('widen-column', { storage: quoteCh(storage), column: storageColumn(column.id), type: storageType(column, false) }),
    );
  }
}

/** Only while the column does not exist yet: rows that arrive with it have values. */
async function markNullArrays(engine: Engine, storage: string, added: readonly Column[]): Promise<void> {
  const arrays = added.filter(({ type, missing }) => namesNull(type) && missing === null).map(({ id }) => storageColumn(id));
  if (arrays.length === 0) return;
  const present = await engine.query<{ name: string }>(sql('storage-columns', { storage: literalCh(storage) }));
  const columns = arrays.filter((column) => present.every(({ name }) => name !== column));
  // A replica that is away does it when it is back.
  const sync = engine.traits.cluster === undefined ? '2' : '1';
  if (columns.length > 0) await engine.exec(sql('null-arrays', { storage: quoteCh(storage), columns: arrayLiteralCh(columns), sync }));
}

/** Removes a table of database tailrace. */
export async function dropStorage(engine: Engine, storage: string): Promise<void> {
  await engine.exec(sql('drop-storage', { storage: quoteCh(storage) }));
}

function columnsSql(schema: TableSchema): string {
  return commaAfterEach(schema.columns.map((column) => columnSql(column, schema.key.includes(column.id))));
}

function columnSql(column: Column, key: boolean, missing: string | null = null): string {
  const value = missing === null ? '' : ` DEFAULT ${missing}`;
  return `${storageColumn(column.id)} ${storageType(column, key)}${value} COMMENT ${literalCh(`${column.name} ${column.typeName}`)}`;
}
