import { hasTuples, shownSql } from '../../core/shown-column.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh, warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';
import { storageColumn } from './clickhouse-types.ts';
import { NULLABLE_TUPLES, placeOf } from '../../warehouse/place.ts';
import { COMMENT, onEachShard, TUPLE_SETTINGS } from './view.ts';
import type { Named, ShownTable } from './view.ts';

/** Columns of the view that are ours; a column of the source with such a name is left out. */
const OWN = ['_tr_version', '_tr_deleted'];

/**
 * The statements that show every stored row of a storage: `_tr_version`, `_tr_deleted`, and the
 * columns as in the view of the table, except that all may be NULL. In a tombstone only those of
 * the key have values.
 */
export async function rowsViewSql(engine: Engine, { schema, storage }: ShownTable, { schema: shownIn, name }: Named): Promise<string[]> {
  const nullableTuples = schema.columns.some(({ type }) => hasTuples(type)) && (await placeOf(engine)).knows(NULLABLE_TUPLES);
  const columns = schema.columns
    .filter((column) => !OWN.includes(column.name))
    .map(({ id, type, name: shown }) => {
      return `${shownSql(type, `s.${storageColumn(id)}`, { notNull: false, nullableTuples })} AS ${quoteCh(shown)}`;
    });
  const deleted = schema.identity === 'key' ? 's._tr_deleted' : 'toUInt8(s._tr_sign < 0)';
  const database = warehouseDatabase(shownIn);
  const holes = {
    columns: [...columns, 's._tr_version AS _tr_version', `${deleted} AS _tr_deleted`].join(', '),
    storage: quoteCh(storage),
    settings: nullableTuples ? TUPLE_SETTINGS : '',
    comment: COMMENT,
  };
  return onEachShard(engine, [database, warehouseTable(database, name)], (view) => sql('rows-view', { view, ...holes }));
}
