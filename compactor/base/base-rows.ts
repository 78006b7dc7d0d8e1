import { isShownNotNull } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { arrayLiteralCh, quoteCh } from '../../warehouse/names.ts';
import { isNullSql } from '../state/null-columns.ts';
import { commaAfterEach, storageColumns } from '../storage/row-sql.ts';
import { storageColumn } from '../storage/clickhouse-types.ts';
import type { KeyRange } from './base-source.ts';
import { orderColumns, orderNames, rangeSql, storedExact } from './key-text.ts';

/** Alias of rows. No field is called so: `x.null` of a field `x` would mean whether it is NULL. */
export const ROW = '_tr_b';

/** Current rows of a storage in a range, as a subquery with the storage's names and the order's. */
export function currentRows(schema: TableSchema, storage: string, range: KeyRange): string {
  const alias = schema.identity === 'full' ? 't' : 's';
  const common = { exact: storedExact(schema, alias), storage, condition: rangeSql(orderColumns(schema), range, alias) };
  const columns = [...new Set([...storageColumns(schema), ...orderNames(schema)])].map((column) => `${alias}.${column} AS ${column}`);
  if (schema.identity === 'full') return sql('signed-rows', { columns: commaAfterEach(columns), ...common });
  return sql('current-rows', { columns: columns.join(', '), ...common });
}

/** The order of the rows of a table. */
export function orderSql(schema: TableSchema, direction: '' | ' DESC' = ''): string {
  return orderColumns(schema)
    .map(({ of }) => `${of(ROW)}${direction}`)
    .join(', ');
}

/** The columns of a chunk, under the names that they have in files. */
export function chunkColumns(schema: TableSchema): string {
  const fields = arrayLiteralCh(schema.columns.map(({ field }) => field));
  const names = arrayLiteralCh(storageColumns(schema));
  return [
    ...schema.columns.map(({ id, field }) => `${ROW}.${storageColumn(id)} AS ${quoteCh(field)}`),
    `mapSort(mapApply((k, v) -> (transform(k, ${names}, ${fields}, k), v), ${ROW}._tr_exact)) AS _tr_exact`,
  ].join(', ');
}

/** An array with a mark per column that may not be NULL: whether a row has a NULL there. */
export function nullMarks(schema: TableSchema): { readonly ids: readonly number[]; readonly marks: string } {
  const columns = schema.columns.filter((column) => isShownNotNull(schema, column));
  const marks = columns.map((column) => `countIf(${isNullSql(column, ROW)}) > 0`);
  return { ids: columns.map(({ id }) => id), marks: marks.length === 0 ? "CAST([], 'Array(UInt8)')" : `[${marks.join(', ')}]` };
}
