import { holdsValuesOf } from '../../core/column-type.ts';
import { narrowingChange } from '../../core/narrowing.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { sameType } from './clickhouse-types.ts';
import { missingValue } from './missing-value.ts';

/**
 * What has to happen to a storage before rows of another schema go into it. Names and removed
 * columns only change the view's text.
 */
export type SchemaChange =
  | { readonly kind: 'in-place'; readonly added: readonly Column[]; readonly widened: readonly Column[]; readonly renamed: boolean }
  | { readonly kind: 'resync'; readonly reason: string };

/**
 * Compares by column id: an id belongs to one column forever. Anything uncertain needs a new copy.
 */
export function schemaChange(from: TableSchema, to: TableSchema): SchemaChange {
  if (!to.explained) return resync('the catalog does not explain the columns of the stream');
  if (to.identity !== from.identity) return resync(`the identity of rows changed from ${from.identity} to ${to.identity}`);
  if (to.key.join() !== from.key.join()) return resync('the key columns changed');
  const narrowed = narrowingChange(from, to);
  if (narrowed !== null) return resync(narrowed);
  const known = new Map(from.columns.map((column) => [column.id, column]));
  const widened: Column[] = [];
  for (const column of to.columns) {
    const before = known.get(column.id);
    if (before === undefined || sameType(before.type, column.type)) continue;
    if (to.key.includes(column.id)) return resync(`the type of key column ${column.name} changed`);
    if (!holdsValuesOf(column.type, before.type)) return resync(`the type of column ${column.name} changed`);
    widened.push(column);
  }
  const added = to.columns.filter((column) => !known.has(column.id));
  const unknown = added.find((column) => column.missing !== null && missingValue(column.type, column.missing) === null);
  if (unknown !== undefined) return resync(`older rows have a value in ${unknown.name} that its type cannot hold`);
  return { kind: 'in-place', added, widened, renamed: to.schema !== from.schema || to.name !== from.name };
}

function resync(reason: string): SchemaChange {
  return { kind: 'resync', reason };
}
