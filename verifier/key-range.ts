import type { ColumnType } from '../core/column-type.ts';
import { TailraceError } from '../core/errors.ts';
import { sql } from '../warehouse-sql/load.ts';
import { quoteCh } from '../warehouse/names.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import type { ComparedColumn } from './comparison.ts';
import { quoted } from '../core/table.ts';

/**
 * Ends of a range of keys as given; both are inclusive, null is open. With a key of several columns
 * they are values of the first.
 */
export interface KeyEnds {
  readonly from: string | null;
  readonly to: string | null;
}

/** A range of keys as conditions of both sides, over the row `s`. */
export interface KeyRange extends KeyEnds {
  readonly source: string;
  readonly warehouse: string;
  /** The index by which the source finds the rows; null where it must look at all of them. */
  readonly index: { readonly column: string; readonly type: string } | null;
}

/** How both sides order values of a type. */
interface Order {
  /** The order at the source, over the column. */
  source(column: string): string;
  /** The value that the warehouse compares, over the stored column. */
  warehouse(column: string): string;
  /**
   * The same for an end: SQL of the source over `v`, of type text. NULL: the typed column cannot
   * hold it, so it has no order.
   */
  end(value: string): string;
  /** The end as a literal of the warehouse. */
  literal(end: string): string;
  readonly byIndex: boolean;
}

const PLAIN = { source: (column: string) => column, literal: (end: string) => end, byIndex: true };
const QUOTED = { ...PLAIN, literal: (end: string) => `'${end.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` };
const INTEGER: Order = { ...PLAIN, warehouse: (column) => column, end: (value) => `${value}::text` };
const TIMESTAMP: Order = {
  ...PLAIN,
  warehouse: (column) => `toUnixTimestamp64Micro(${column})`,
  end: (value) =>
    `CASE WHEN isfinite(${value}) AND ${value} < '294247-01-10' THEN (extract(epoch from ${value}) * 1000000)::bigint::text END`,
};

/**
 * Orders that are the same on both sides, by kind of column. A value outside the range of a typed
 * column is stored as the nearest end, so ends must lie within.
 */
const ORDERS: Partial<Record<ColumnType['kind'], Order>> = {
  int2: INTEGER,
  int4: INTEGER,
  int8: INTEGER,
  uuid: { ...QUOTED, warehouse: (column) => `toString(${column})`, end: (value) => `${value}::text` },
  date: {
    ...PLAIN,
    warehouse: (column) => `toInt32(${column})`,
    end: (value) => `CASE WHEN ${value} > '1900-01-01' AND ${value} < '2299-12-31' THEN (${value} - date '1970-01-01')::text END`,
  },
  timestamp: TIMESTAMP,
  timestamptz: TIMESTAMP,
  // By bytes, regardless of the collation; an index has another order.
  text: {
    ...QUOTED,
    source: (column) => `${column} COLLATE "C"`,
    warehouse: (column) => column,
    end: (value) => `${value}::text`,
    byIndex: false,
  },
};
/** text, varchar. Other types that are stored as text have an order of their own. */
const TEXT_OIDS = [25, 1043];

/** The parts of table and session that a range needs. */
interface RangedTable {
  readonly table: string;
  readonly oid: number;
  readonly columns: readonly ComparedColumn[];
  readonly key: readonly number[];
  readonly serverIsUtf8: boolean;
}

const COLUMN = `
SELECT format_type(a.atttypid, NULL) AS type,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum) AS indexed
FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum = $2`;

/**
 * BAD_ARGUMENT when the table has no key with an order that both sides share, or an end is not a
 * value of it.
 */
export async function keyRange(session: SqlConnection, table: RangedTable, ends: KeyEnds): Promise<KeyRange> {
  const column = table.columns.find(({ id }) => id === table.key[0]);
  if (column === undefined) throw refused(`${table.table} has no key, so --from and --to do not apply to it`);
  const { kind } = column.type;
  const textual = kind !== 'text' || (table.serverIsUtf8 && TEXT_OIDS.includes(column.typeOid));
  const order = textual && column.expression === undefined ? ORDERS[kind] : undefined;
  const [found] = await session.query<{ type: string; indexed: boolean }>(COLUMN, [table.oid, column.id]);
  const type = found?.type ?? 'unknown';
  if (order === undefined)
    throw refused(`the key of ${table.table} begins with ${column.name} (${type}), whose order is not the same on both sides`);
  const name = `s.${quoted(column.name)}`;
  const stored = `s.${quoteCh(`c${column.id}`)}`;
  const source: string[] = [];
  const warehouse: string[] = [];
  for (const [flag, operator] of [
    ['from', '>='],
    ['to', '<='],
  ] as const) {
    const given = ends[flag];
    if (given === null) continue;
    const end = await readEnd(session, { flag, given, type, canonical: order.end('v.v'), column: column.name });
    source.push(`${order.source(name)} ${operator} '${given.replaceAll("'", "''")}'::${type}`);
    warehouse.push(`${order.warehouse(stored)} ${operator} ${order.literal(end)}`);
  }
  return {
    ...ends,
    source: source.join(' AND ') || 'true',
    warehouse: warehouse.join(' AND ') || '1',
    index: order.byIndex && found?.indexed === true ? { column: name, type } : null,
  };
}

async function readEnd(
  session: SqlConnection,
  { flag, given, type, canonical, column }: { flag: string; given: string; type: string; canonical: string; column: string },
): Promise<string> {
  try {
    const [row] = await session.query<{ canonical: string | null }>(sql('verify-source-canonical', { canonical, type }), [given]);
    if (row?.canonical !== null && row?.canonical !== undefined) return row.canonical;
  } catch (error) {
    if (!(error instanceof TailraceError) || error.code !== 'SOURCE_QUERY') throw error;
  }
  throw refused(`--${flag} "${given}" is not a value of ${column} (${type}) that both sides order alike`);
}

function refused(what: string): TailraceError {
  return new TailraceError('BAD_ARGUMENT', what, { hint: 'See `tailrace verify --help`; --sample works with every table.' });
}
