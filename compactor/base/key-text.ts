import { hasFloats } from '../../core/column-type.ts';
import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { clickhouseType } from '../../core/column-type.ts';
import type { TableSchema } from '../../core/table.ts';
import { keyColumns } from '../../lake/row-columns.ts';
import { arrayLiteralCh, literalCh } from '../../warehouse/names.ts';
import { storageColumn } from '../storage/clickhouse-types.ts';
import { storageColumns, storageKey } from '../storage/row-sql.ts';
import type { KeyRange, KeyText } from './base-source.ts';

/**
 * One column of the order in which a base has its rows, as SQL. Each text of a record in the lake
 * stands for exactly one value.
 */
export interface OrderColumn {
  /** Alias of rows → expression of the column. */
  readonly of: (alias: string) => string;
  /** Expression of the column → its text. */
  readonly text: (column: string) => string;
  /** Text → expression of its value. */
  readonly value: (text: string) => string;
  /** Every value compares with every other one; NaN does not. */
  readonly comparable: boolean;
}

type Kind = Omit<OrderColumn, 'of'>;

const NUMBERED = (type: string): Kind => ({
  text: (column) => `toString(${column})`,
  value: (text) => `CAST(${literalCh(text)}, ${literalCh(type)})`,
  comparable: true,
});

const TEXT: Kind = { text: (column) => column, value: literalCh, comparable: true };

/**
 * Columns of the order: the sort key of the storage. A table without a key has its arrivals, or
 * with REPLICA IDENTITY FULL the hashes of its rows.
 */
export function orderColumns(schema: TableSchema): OrderColumn[] {
  if (schema.identity === 'full') return [{ of: (alias) => storedHash(schema, alias), ...NUMBERED('UInt64') }];
  const types = new Map(keyColumns(schema).map(({ id, type }) => [storageColumn(id), type]));
  return orderNames(schema).map((name) => {
    const kind = schema.identity === 'key' ? ofType(types.get(name) ?? { kind: 'text' }) : NUMBERED(ARRIVAL[name] ?? 'UInt64');
    return { of: (alias) => `${alias}.${name}`, ...kind };
  });
}

const ARRIVAL: Readonly<Record<string, string>> = { _tr_version: 'UInt128', _tr_row: 'UInt64' };

/** Names of the columns of the order; none where rows are ordered by their hashes. */
export function orderNames(schema: TableSchema): string[] {
  if (schema.identity === 'full') return [];
  return schema.identity === 'key' ? storageKey(schema) : Object.keys(ARRIVAL);
}

/** Exact texts of a row, without those of columns that are gone from the source. */
export function storedExact(schema: TableSchema, alias: string): string {
  return `mapFilter((k, v) -> has(${arrayLiteralCh(storageColumns(schema))}, k), ${alias}._tr_exact)`;
}

/**
 * 64 bits of a row under the storage's names. A tuple, because a NULL beside it would be the hash;
 * the map in the order of its keys, because writers may fill it in another one.
 */
export function rowHash(schema: TableSchema, alias: string, exact: string = `${alias}._tr_exact`): string {
  return `cityHash64(tuple(${[...storageColumns(schema).map((column) => `${alias}.${column}`), `mapSort(${exact})`].join(', ')}))`;
}

function storedHash(schema: TableSchema, alias: string): string {
  return rowHash(schema, alias, storedExact(schema, alias));
}

function ofType(type: ColumnType): Kind {
  if (type.kind === 'array') return TEXT;
  switch (type.kind) {
    case 'text':
    case 'enum':
      return TEXT;
    case 'bytea':
    case 'ewkb':
      return { text: (column) => `hex(${column})`, value: (text) => `unhex(${literalCh(text)})`, comparable: true };
    case 'timestamp':
    case 'timestamptz':
      // Its own text ends with the year 2299.
      return {
        text: (column) => `toString(toUnixTimestamp64Micro(${column}))`,
        value: (text) => `fromUnixTimestamp64Micro(toInt64(${literalCh(text)}), 'UTC')`,
        comparable: true,
      };
    default:
      return { ...NUMBERED(typeOf(type)), comparable: !hasFloats(type) };
  }
}

function typeOf(type: ScalarType): string {
  return clickhouseType(type);
}

/** Condition for rows of a range. `from`: alias of the table. */
export function rangeSql(order: readonly OrderColumn[], { from, to }: KeyRange, alias: string): string {
  const parts = [
    ...(from === null ? [] : boundSql(order, alias, { key: from.key, sign: from.included ? '>=' : '>' })),
    ...(to === null ? [] : boundSql(order, alias, { key: to.key, sign: to.included ? '<=' : '<' })),
  ];
  return parts.length === 0 ? '1' : parts.join(' AND ');
}

/** The first column alone says which granules are read. */
function boundSql(order: readonly OrderColumn[], alias: string, { key, sign }: { key: KeyText; sign: '<' | '<=' | '>' | '>=' }): string[] {
  const [first] = order;
  const loose = sign.startsWith('<') ? '<=' : '>=';
  const coarse = first === undefined || !first.comparable ? [] : [`${first.of(alias)} ${loose} ${first.value(key[0] ?? '')}`];
  const columns = order.flatMap((one) => sortable(one, one.of(alias)));
  const values = order.flatMap((one, index) => sortable(one, one.value(key[index] ?? '')));
  return [...coarse, `(${columns.join(', ')}) ${sign} (${values.join(', ')})`];
}

/** NaN is after all numbers in a sort key, and neither less nor greater in a comparison. */
function sortable({ comparable }: OrderColumn, value: string): string[] {
  return comparable ? [value] : [`isNaN(${value})`, `if(isNaN(${value}), 0, ${value})`];
}

/** An array of the texts of a row's key. */
export function keyTextSql(order: readonly OrderColumn[], alias: string): string {
  return `[${order.map(({ of, text }) => text(of(alias))).join(', ')}]`;
}
