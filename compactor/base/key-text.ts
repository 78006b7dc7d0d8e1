import { hasFloats } from '../../core/column-type.ts';
import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { clickhouseType } from '../../core/column-type.ts';
import type { TableSchema } from '../../core/table.ts';
import { keyColumns } from '../../lake/row-columns.ts';
import { literalCh } from '../../warehouse/names.ts';
import { storageColumn } from '../storage/clickhouse-types.ts';
import { storageKey } from '../storage/row-sql.ts';
import type { KeyRange, KeyText } from './base-source.ts';

/**
 * One column of the order in which a base has its rows, as SQL. Each text of a record in the lake
 * stands for exactly one value.
 */
export interface OrderColumn {
  readonly name: string;
  /** Expression of the column → its text. */
  readonly text: (column: string) => string;
  /** Text → expression of its value. */
  readonly value: (text: string) => string;
  /** Every value compares with every other one; NaN does not. */
  readonly comparable: boolean;
}

const NUMBERED = (type: string): Omit<OrderColumn, 'name'> => ({
  text: (column) => `toString(${column})`,
  value: (text) => `CAST(${literalCh(text)}, ${literalCh(type)})`,
  comparable: true,
});

const TEXT: Omit<OrderColumn, 'name'> = { text: (column) => column, value: literalCh, comparable: true };

/** Columns of the order: the sort key of the storage. A table without a key has its arrivals. */
export function orderColumns(schema: TableSchema): OrderColumn[] {
  if (schema.identity !== 'key')
    return [
      { name: '_tr_version', ...NUMBERED('UInt128') },
      { name: '_tr_row', ...NUMBERED('UInt64') },
    ];
  const types = new Map(keyColumns(schema).map(({ id, type }) => [storageColumn(id), type]));
  return storageKey(schema).map((name) => ({ name, ...ofType(types.get(name) ?? { kind: 'text' }) }));
}

function ofType(type: ColumnType): Omit<OrderColumn, 'name'> {
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
  const coarse = first === undefined || !first.comparable ? [] : [`${alias}.${first.name} ${loose} ${first.value(key[0] ?? '')}`];
  const columns = order.flatMap((one) => sortable(one, `${alias}.${one.name}`));
  const values = order.flatMap((one, index) => sortable(one, one.value(key[index] ?? '')));
  return [...coarse, `(${columns.join(', ')}) ${sign} (${values.join(', ')})`];
}

/** NaN is after all numbers in a sort key, and neither less nor greater in a comparison. */
function sortable({ comparable }: OrderColumn, value: string): string[] {
  return comparable ? [value] : [`isNaN(${value})`, `if(isNaN(${value}), 0, ${value})`];
}

/** An array of the texts of a row's key. */
export function keyTextSql(order: readonly OrderColumn[], alias: string): string {
  return `[${order.map(({ name, text }) => text(`${alias}.${name}`)).join(', ')}]`;
}
