import { isShownNotNull } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { arrayLiteralCh, quoteCh } from '../../warehouse/names.ts';
import { isNullSql } from '../state/null-columns.ts';
import { commaAfterEach, storageColumns } from '../storage/row-sql.ts';
import { storageColumn } from '../storage/clickhouse-types.ts';
import type { KeyRange } from './base-source.ts';
import { orderColumns, rangeSql } from './key-text.ts';

/** Alias of rows. No field is called so: `x.null` of a field `x` would mean whether it is NULL. */
export const ROW = '_tr_b';

/** Current rows of a storage in a range, as a subquery with the storage's names and the order's. */
export function currentRows(schema: TableSchema, storage: string, range: KeyRange): string {
  if (schema.identity === 'full') {
    const columns = storageColumns(schema).map((column) => `t.${column} AS ${column}`);
    const exact = storedExact(schema, 't');
    return sql('signed-rows', { columns: commaAfterEach(columns), exact, storage, condition: hashRange(schema, range) });
  }
  const order = orderColumns(schema);
  const own = order.map(({ name }) => name).filter((name) => !storageColumns(schema).includes(name));
  const columns = [...storageColumns(schema), ...own].map((column) => `s.${column} AS ${column}`);
  return sql('current-rows', {
    columns: columns.join(', '),
    exact: storedExact(schema, 's'),
    storage,
    condition: rangeSql(order, range, 's'),
  });
}

/** The order of the rows of a table; one with REPLICA IDENTITY FULL has that of their hashes. */
export function orderSql(schema: TableSchema, direction: '' | ' DESC' = ''): string {
  if (schema.identity === 'full') return rowHash(schema, ROW);
  return orderColumns(schema)
    .map(({ name }) => `${ROW}.${name}${direction}`)
    .join(', ');
}

/**
 * 64 bits of a row under the storage's names. A tuple, because a NULL beside it would be the hash;
 * the map in the order of its keys, because writers may fill it in another one.
 */
export function rowHash(schema: TableSchema, alias: string): string {
  return `cityHash64(tuple(${[...storageColumns(schema).map((column) => `${alias}.${column}`), `mapSort(${alias}._tr_exact)`].join(', ')}))`;
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

/** Without columns that are gone from the source. */
function storedExact(schema: TableSchema, alias: string): string {
  return `mapFilter((k, v) -> has(${arrayLiteralCh(storageColumns(schema))}, k), ${alias}._tr_exact)`;
}

function hashRange(schema: TableSchema, range: KeyRange): string {
  const columns = storageColumns(schema).map((column) => `t.${column}`);
  const hash = `cityHash64(tuple(${[...columns, `mapSort(${storedExact(schema, 't')})`].join(', ')}))`;
  const parts = [
    ...(range.from === null ? [] : [`${hash} ${range.from.included ? '>=' : '>'} toUInt64('${range.from.key[0]}')`]),
    ...(range.to === null ? [] : [`${hash} ${range.to.included ? '<=' : '<'} toUInt64('${range.to.key[0]}')`]),
  ];
  return parts.length === 0 ? '1' : parts.join(' AND ');
}
