import { hasTuples, shownSql } from '../../core/shown-column.ts';
import { historyViewName, isShownNotNull } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import { hasFloats } from '../../core/column-type.ts';
import { keyColumns } from '../../lake/row-columns.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { createDatabaseSql } from '../../warehouse/cluster/create-database.ts';
import { isSpread, SHARD_DATABASE } from '../../warehouse/cluster/shards.ts';
import { arrayLiteralCh, literalCh, qualifiedCh, quoteCh, warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';
import { KEYS_FIRST, NULLABLE_TUPLES, placeOf } from '../../warehouse/place.ts';
import { storageColumn } from './clickhouse-types.ts';
import { commaAfterEach, storageColumns } from './row-sql.ts';

/** Marks our views. */
export const COMMENT = 'rows of the source, kept by tailrace';

/** Stored with the view, so that its readers need not set it. */
const TUPLES = `${NULLABLE_TUPLES} = 1`;
export const TUPLE_SETTINGS = `SETTINGS ${TUPLES}`;

/** A view has at least one column. Rows of a table without columns can only be counted. */
const NO_COLUMNS = "CAST(NULL, 'Nullable(String)') AS _tr_nothing";

/** What a view is made from. */
export interface ShownTable {
  readonly schema: TableSchema;
  readonly storage: string;
  /** Ids of columns that have a NULL though the schema says NOT NULL. */
  readonly nullable: readonly number[];
}

/** A table that is shown. */
export interface Named {
  readonly schema: string;
  readonly name: string;
  /** Present where its versions are shown, too. */
  readonly history?: object | undefined;
}

/**
 * Shows a storage under the source's names; atomic and repeatable. A swap, a rename and a dropped
 * column need nothing else. `shown`: all tables that are shown. A table that is itself called
 * `<table>__exact` keeps its name, and the other one gets no exact view.
 */
export async function putViews(engine: Engine, table: ShownTable, shown: readonly Named[]): Promise<void> {
  for (const statement of await putViewsSql(engine, table, shown)) await engine.exec(statement);
}

/** The statements of `putViews`, in order. */
export async function putViewsSql(engine: Engine, table: ShownTable, shown: readonly Named[]): Promise<string[]> {
  const { schema } = table;
  const nullableTuples = schema.columns.some(({ type }) => hasTuples(type)) && (await placeOf(engine)).knows(NULLABLE_TUPLES);
  return [
    createDatabaseSql(engine, warehouseDatabase(schema.schema)),
    ...viewsSql(engine, table, { exact: false, nullableTuples }),
    ...(isShown(shown, exactName(schema)) ? [] : viewsSql(engine, table, { exact: true, nullableTuples })),
  ];
}

/**
 * Drops views that were created for a table and whose name no table has any more. `within`: only in
 * these databases; null: in all.
 */
export async function dropViewsExcept(engine: Engine, tables: readonly Named[], within: ReadonlySet<string> | null = null): Promise<void> {
  const claimed = new Set(tables.flatMap((table) => [viewName(table, false), viewName(table, true), ...historyViews(table)]));
  const kind = literalCh(isSpread(engine) ? 'Distributed' : 'View');
  const found = await engine.query<{ database: string; name: string }>(sql('our-views', { engine: kind, comment: COMMENT }));
  for (const { database, name } of found) {
    const view = qualifiedCh(database, name);
    if (!claimed.has(view) && within?.has(database) !== false) await dropView(engine, database, name);
  }
}

/** Drops the views of a name that no table has any more. `shown`: all tables that are shown. */
export async function dropViews(engine: Engine, table: Named, shown: readonly Named[]): Promise<void> {
  await engine.exec(createDatabaseSql(engine, warehouseDatabase(table.schema)));
  await dropView(engine, ...viewPlace(table, false));
  if (!isShown(shown, exactName(table))) await dropView(engine, ...viewPlace(table, true));
  if (table.history !== undefined) await dropHistoryViews(engine, table, shown);
}

/** Drops the views of a table's versions. */
export async function dropHistoryViews(engine: Engine, table: Named, shown: readonly Named[]): Promise<void> {
  for (const named of historyNames(table)) if (!isShown(shown, named)) await dropView(engine, ...viewPlace(named, false));
}

/** The names of a table's versions, and of the table as it was at a moment. */
export function historyNames({ schema, name }: Named): [versions: Named, at: Named] {
  return [
    { schema, name: historyViewName(name) },
    { schema, name: `${name}__at` },
  ];
}

/** The name of a table's view with exact texts. */
export function exactName({ schema, name }: Named): Named {
  return { schema, name: `${name}__exact` };
}

/** Whether a table has this name itself; it keeps it. */
export function isShown(shown: readonly Named[], { schema, name }: Named): boolean {
  return shown.some((one) => one.schema === schema && one.name === name);
}

/** How a view is made. */
interface ViewForm {
  readonly exact: boolean;
  readonly nullableTuples: boolean;
}

/** One view, or on several shards one of each and the table that asks all of them. */
function viewsSql(engine: Engine, table: ShownTable, form: ViewForm): string[] {
  return onEachShard(engine, viewPlace(table.schema, form.exact), (view) => viewSql(table, form, view));
}

/** The statements that show a view under its name. `viewOf`: the statement that creates it. */
export function onEachShard(engine: Engine, [database, name]: [string, string], viewOf: (view: string) => string): string[] {
  const place = qualifiedCh(database, name);
  if (!isSpread(engine)) return [viewOf(place)];
  const local = localName(database, name);
  const view = qualifiedCh(SHARD_DATABASE, local);
  const cluster = literalCh(engine.traits.cluster ?? '');
  return [
    viewOf(view),
    sql('distributed', { table: place, view, cluster, database: literalCh(SHARD_DATABASE), name: literalCh(local), comment: COMMENT }),
  ];
}

async function dropView(engine: Engine, database: string, name: string): Promise<void> {
  const place = qualifiedCh(database, name);
  if (!isSpread(engine)) return engine.exec(sql('drop-view', { view: place }));
  await engine.exec(sql('drop-distributed', { table: place }));
  await engine.exec(sql('drop-view', { view: qualifiedCh(SHARD_DATABASE, localName(database, name)) }));
}

function localName(database: string, name: string): string {
  return warehouseTable(SHARD_DATABASE, `${database}.${name}`);
}

function viewSql({ schema, storage, nullable }: ShownTable, { exact, nullableTuples }: ViewForm, view: string): string {
  const named = schema.columns.map((column) => {
    const notNull = isShownNotNull(schema, column) && !nullable.includes(column.id);
    return `${shownSql(column.type, `s.${storageColumn(column.id)}`, { notNull, nullableTuples })} AS ${quoteCh(column.name)}`;
  });
  const shown = exact ? [...named, `${exactByName(schema)} AS ${quoteCh(exactColumn(schema))}`] : named;
  const columns = shown.length === 0 ? NO_COLUMNS : shown.join(', ');
  const target = {
    view,
    columns,
    storage: quoteCh(storage),
    settings: settingsSql(schema, nullableTuples),
    comment: COMMENT,
  };
  if (schema.identity !== 'full') return sql('view', target);
  const group = commaAfterEach(storageColumns(schema).map((column) => `t.${column} AS ${column}`));
  return sql('signed-view', { ...target, group, exact: shownExact(schema, 't') });
}

/**
 * Conditions on the key are looked at before FINAL merges rows, in all parts, and before other
 * columns are read. That is right where all versions of a row have the same key, byte by byte.
 * Floats have two zeros that compare as equal.
 */
function settingsSql(schema: TableSchema, nullableTuples: boolean): string {
  const keysFirst = schema.identity === 'key' && keyColumns(schema).every(({ type }) => !hasFloats(type));
  const settings = [...(nullableTuples ? [TUPLES] : []), ...(keysFirst ? [KEYS_FIRST] : [])];
  return settings.length === 0 ? '' : `SETTINGS ${settings.join(', ')}`;
}

/** Name of the map's column; the source's own columns keep their names. */
function exactColumn({ columns }: TableSchema): string {
  let name = '_tr_exact';
  while (columns.some((column) => column.name === name)) name += '_';
  return name;
}

function exactByName(schema: TableSchema): string {
  const names = arrayLiteralCh(schema.columns.map((column) => column.name));
  return `mapApply((k, v) -> (transform(k, ${storedNames(schema)}, ${names}, k), v), ${shownExact(schema, 's')})`;
}

/** Leaves out columns that are gone from the source. */
function shownExact(schema: TableSchema, from: string): string {
  return `mapFilter((k, v) -> has(${storedNames(schema)}, k), ${from}._tr_exact)`;
}

function storedNames(schema: TableSchema): string {
  return arrayLiteralCh(storageColumns(schema));
}

function historyViews(table: Named): string[] {
  return table.history === undefined ? [] : historyNames(table).map((named) => viewName(named, false));
}

function viewName(table: Named, exact: boolean): string {
  return qualifiedCh(...viewPlace(table, exact));
}

/** Database and name of a view. */
export function viewPlace(table: Named, exact: boolean): [database: string, name: string] {
  const database = warehouseDatabase(table.schema);
  return [database, warehouseTable(database, exact ? exactName(table).name : table.name)];
}
