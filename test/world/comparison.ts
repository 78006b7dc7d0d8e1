import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SALT } from './ruled.ts';
import { isSieved, PASSES } from './sieved.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { quote } from './model.ts';

interface SourceTable {
  /** A text of digits. */
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly root: boolean;
  readonly columns: readonly SourceColumn[];
}

/**
 * A table as the configuration has it: without the columns that are left out, and only the rows
 * that are `where`.
 */
export interface RuledTable extends SourceTable {
  readonly where: string;
}

/** Which rules a world has. */
export interface Rules {
  readonly columns: boolean;
  readonly rows: boolean;
}

export interface SourceColumn {
  readonly name: string;
  readonly type: string;
  readonly mask?: 'digest' | 'null' | undefined;
}

interface WarehouseColumn {
  readonly database: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

/**
 * Tables of the source that have to be in the warehouse, with the columns that are replicated, in
 * order. A domain counts as its base type.
 */
const SOURCE_TABLES = `
  select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, c.relkind = 'p' as root,
    coalesce(json_agg(json_build_object('name', a.attname, 'type',
      case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end) order by a.attnum)
      filter (where a.attnum is not null), '[]') as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (a.attgenerated = '' or a.attgenerated = 's' and current_setting('server_version_num')::int >= 180000)
    left join pg_type t on t.oid = a.atttypid
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
    and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  group by 1, 2, 3, 4 order by 2, 3`;

/** Database of models, where a world has some. */
export const MARTS = 'marts';

const WAREHOUSE_COLUMNS = `
  SELECT database, table, name, type FROM system.columns
  WHERE (database, table) IN (SELECT database, name FROM system.tables WHERE engine = 'View')
    AND database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA', 'tailrace', '${MARTS}')
    AND NOT startsWith(database, 'tailrace_') AND NOT endsWith(table, '__exact')
  ORDER BY database, table, position`;

/** Databases that ClickHouse has of its own; schemas of these names have another one there. */
const RESERVED = ['system', 'information_schema', 'INFORMATION_SCHEMA', 'tailrace'];

/**
 * The column that a table without columns has in the warehouse, always NULL: its rows can be
 * counted.
 */
const NOTHING = '_tr_nothing';

/** Rows shown of a table that differs. */
const SHOWN = 4;

/**
 * Compares all tables, both sides standing still: which there are, their columns in order, and
 * their rows as multisets of text. Shares nothing with the product but what the warehouse shows
 * everybody. Returns the differences in words.
 * @param warehouse folder of the warehouse, whose owner is at work
 * @param rules what applies in this world: some columns are left out or masked by their names, rows
 * of some tables filtered
 */
export async function compareAll(source: TestDatabase, warehouse: string, rules: Rules): Promise<string[]> {
  const tables = await sourceTables(source, rules);
  const columns = await read<WarehouseColumn>(warehouse, WAREHOUSE_COLUMNS);
  const views = new Map<string, WarehouseColumn[]>();
  for (const column of columns)
    views.set(viewOf(column.database, column.table), [...(views.get(viewOf(column.database, column.table)) ?? []), column]);
  const expected = new Map(tables.map((table) => [viewOf(databaseOf(table.schema), table.name), table]));
  const shape = [
    ...[...expected.keys()].filter((view) => !views.has(view)).map((view) => `${view} is not in the warehouse`),
    ...[...views.keys()].filter((view) => !expected.has(view)).map((view) => `${view} is in the warehouse and in the source no more`),
    ...[...expected].flatMap(([view, table]) => columnDifference(view, table, views.get(view))),
  ];
  if (shape.length > 0) return shape;
  const shown = await warehouseRows(warehouse, expected, views);
  const differences: string[] = [];
  for (const [view, table] of expected) differences.push(...rowDifference(view, await sourceRows(source, table), shown.get(view) ?? []));
  return differences;
}

/** The tables that have to be replicated, as the rules have them. */
export async function sourceTables(source: TestDatabase, rules: Rules): Promise<RuledTable[]> {
  const all = await source.query<SourceTable & Record<string, unknown>>(SOURCE_TABLES);
  return all.map((table) => ({
    ...table,
    columns: rules.columns ? underRules(table.columns) : table.columns,
    where: rules.rows && isSieved(table) ? PASSES : 'true',
  }));
}

function columnDifference(view: string, table: SourceTable, found: readonly WarehouseColumn[] | undefined): string[] {
  if (found === undefined) return [];
  const wanted = table.columns.length === 0 ? NOTHING : table.columns.map(({ name }) => name).join(', ');
  const have = found.map(({ name }) => name).join(', ');
  return wanted === have ? [] : [`${view} has the columns ${have}; the source has ${wanted}`];
}

/** What two multisets of rows differ in, in words. */
export function rowDifference(view: string, source: readonly string[], warehouse: readonly string[]): string[] {
  const left = counts(source);
  for (const row of warehouse) left.set(row, (left.get(row) ?? 0) - 1);
  const missing = [...left].filter(([, count]) => count > 0);
  const phantom = [...left].filter(([, count]) => count < 0);
  if (missing.length + phantom.length === 0) return [];
  return [
    `${view}: ${source.length} rows in the source, ${warehouse.length} in the warehouse`,
    ...missing.slice(0, SHOWN).map(([row, count]) => `  only in the source, ${count} times: ${row}`),
    ...phantom.slice(0, SHOWN).map(([row, count]) => `  only in the warehouse, ${-count} times: ${row}`),
  ];
}

function counts(rows: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const row of rows) counted.set(row, (counted.get(row) ?? 0) + 1);
  return counted;
}

/** The rows of a table, each the JSON of its texts. */
export async function sourceRows(source: TestDatabase, table: RuledTable): Promise<string[]> {
  const cells =
    table.columns.length === 0 ? ['null'] : table.columns.map(({ name, type, mask }) => short(maskedText(quote(name), type, mask)));
  const from = `${table.root ? '' : 'only '}${quote(table.schema)}.${quote(table.name)}`;
  const rows = await source.query<{ cells: (string | null)[] }>(
    `select array[${cells.join(', ')}]::text[] as cells from ${from} where ${table.where}`,
  );
  return rows.map((row) => JSON.stringify(row.cells));
}

function underRules(columns: readonly SourceColumn[]): SourceColumn[] {
  return columns.flatMap((column): SourceColumn[] => {
    if (column.name === 'secret') return [];
    if (column.name === 'hidden') return [{ name: column.name, type: 'text', mask: 'digest' }];
    return [column.name === 'blank' ? { ...column, mask: 'null' } : column];
  });
}

function maskedText(column: string, type: string, mask: SourceColumn['mask']): string {
  if (mask === 'null') return 'null::text';
  if (mask === undefined) return sourceText(column, type);
  const digest = `encode(sha256(convert_to('${SALT}', 'UTF8') || convert_to(format('%s', ${column}), 'UTF8')), 'hex')`;
  return `case when ${column} is not null then ${digest} end`;
}

/** Text of a value, by type; long ones by beginning, length and hash. */
function sourceText(column: string, type: string): string {
  if (type.endsWith('[]')) return `to_json(${column})::text`;
  if (type === 'bytea') return `encode(${column}, 'hex')`;
  if (type === 'timestamp without time zone') return `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`;
  if (type === 'timestamp with time zone') return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;
  // Without a precision trailing zeros are not part of the value.
  if (type === 'numeric') return `trim_scale(${column})::text`;
  return `${column}::text`;
}

function short(text: string): string {
  return `case when length(${text}) > 60 then left(${text}, 20) || '…' || length(${text}) || ' ' || md5(${text}) else ${text} end`;
}

async function warehouseRows(
  warehouse: string,
  tables: ReadonlyMap<string, SourceTable>,
  views: ReadonlyMap<string, readonly WarehouseColumn[]>,
): Promise<Map<string, string[]>> {
  const names = [...tables.keys()];
  const queries = [...tables].map(([view, table], index) => {
    const columns = views.get(view) ?? [];
    const cells = columns.map((column, at) => shortCh(warehouseText(column, table.columns[at]?.type)));
    const arrays = columns.some(({ type }) => type.startsWith('Array'));
    const from = viewOf(columns[0]?.database ?? '', `${columns[0]?.table}${arrays ? '__exact' : ''}`);
    return `SELECT ${index} AS n, CAST([${cells.join(', ')}], 'Array(Nullable(String))') AS cells FROM ${from} AS v`;
  });
  const shown = new Map<string, string[]>(names.map((view) => [view, []]));
  if (queries.length === 0) return shown;
  const rows = await read<{ n: number; cells: (string | null)[] }>(warehouse, queries.join(' UNION ALL '));
  for (const { n, cells } of rows) shown.get(names[n] ?? '')?.push(JSON.stringify(cells));
  return shown;
}

function warehouseText({ name, type }: WarehouseColumn, sourceType: string | undefined): string {
  const column = `v.${quoteCh(name)}`;
  if (type.startsWith('Array'))
    return `if(mapContains(v._tr_exact, ${stringCh(name)}), v._tr_exact[${stringCh(name)}], toJSONString(${column}))`;
  if (sourceType === 'bytea') return `lower(hex(${column}))`;
  const scale = /Decimal\(\d+, (\d+)\)/.exec(type)?.[1];
  return scale === undefined || sourceType === 'numeric' ? `toString(${column})` : `toDecimalString(${column}, ${scale})`;
}

function shortCh(text: string): string {
  return `if(lengthUTF8(${text}) > 60, concat(leftUTF8(${text}, 20), '…', toString(lengthUTF8(${text})), ' ', lower(hex(MD5(${text})))), ${text})`;
}

/** Queries the endpoint that the warehouse's owner names, as any client may. */
async function read<T>(warehouse: string, sql: string): Promise<T[]> {
  const owner = JSON.parse(readFileSync(path.join(warehouse, 'owner.json'), 'utf8')) as { endpoint: string };
  const answer = await fetch(`${owner.endpoint}/?default_format=JSONEachRow`, { method: 'POST', body: sql });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the warehouse cannot be read: ${text}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

function databaseOf(schema: string): string {
  return RESERVED.includes(schema) ? `pg_${schema}` : schema;
}

function viewOf(database: string, table: string): string {
  return `${quoteCh(database)}.${quoteCh(table)}`;
}

function quoteCh(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function stringCh(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
