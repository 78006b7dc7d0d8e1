import type { ColumnType, NumericType, PlainKind, ScalarType } from './column-type.ts';
import {
  arrayText,
  boolText,
  byteaText,
  float4Text,
  float8Text,
  intervalText,
  lsnText,
  mapText,
  moneyText,
  pointText,
  timestampText,
  timeText,
  vectorText,
} from './postgres-text.ts';

/** How a value is held in the lake; lake/arrow-type.ts has the library's type for each. */
export type ArrowName =
  | 'Bool'
  | 'Int16'
  | 'Int32'
  | 'Int64'
  | 'Float32'
  | 'Float64'
  | 'Decimal'
  | 'Date32'
  | 'Timestamp µs'
  | 'Timestamp µs UTC'
  | 'Time64 µs'
  | 'FixedSizeBinary(16)'
  | 'Binary'
  | 'Utf8'
  | 'UInt32'
  | 'UInt64'
  | 'Decimal128(19, 2)'
  | 'Struct(months Int32, days Int32, microseconds Int64)'
  | 'Struct(x Float64, y Float64)'
  | 'Map(Utf8, Utf8)'
  | 'List(Float32)';

/** What one kind of value is from the lake to the warehouse's reader. */
export interface KindFacts {
  readonly arrow: ArrowName;
  /** ClickHouse's type of a value; a parameterized kind's is in `clickhouseType`. */
  readonly clickhouse: string;
  /** How a column of the kind is declared where that is not `Nullable(<clickhouse>)`. */
  readonly column?: string;
  /**
   * How NULL is told of a type that ClickHouse has not as Nullable. `parts`: every part of it is
   * NULL. `beside`: it is empty, and named in `_tr_exact`; an array with such an element is kept
   * there whole. Neither is in a key: there they are their text.
   */
  readonly nullAs?: 'parts' | 'beside';
  /** What separates the elements in arrays of the type where that is no comma. */
  readonly delimiter?: ':';
  /**
   * Postgres may leave a value out of an update that does not change it: it can be stored out of
   * line (TOAST).
   */
  readonly toastable?: true;
  /** ClickHouse SQL over a value that is not NULL → Postgres's text of it. */
  readonly text: (x: string) => string;
  /**
   * Values that the column cannot hold and what it has instead; their text is kept in `_tr_exact`.
   * Empty: it holds all.
   */
  readonly beside: string;
}

const plain = (x: string): string => x;
const shown = (x: string): string => `toString(${x})`;
const FAR_TIMES = 'infinities, and what is later than 294247-01-10 00:00:00 (the greatest or least 64-bit microseconds)';

/**
 * Every kind a value can be of: the one place that says what it is in the lake, in the warehouse
 * and as text.
 */
export const KINDS: Readonly<
  Record<PlainKind, KindFacts & { readonly arrow: Exclude<ArrowName, 'Decimal'> }> & Record<'numeric', KindFacts>
> = {
  bool: { arrow: 'Bool', clickhouse: 'Bool', text: boolText, beside: '' },
  int2: { arrow: 'Int16', clickhouse: 'Int16', text: shown, beside: '' },
  int4: { arrow: 'Int32', clickhouse: 'Int32', text: shown, beside: '' },
  int8: { arrow: 'Int64', clickhouse: 'Int64', text: shown, beside: '' },
  uint32: { arrow: 'UInt32', clickhouse: 'UInt32', text: shown, beside: '' },
  uint64: { arrow: 'UInt64', clickhouse: 'UInt64', text: shown, beside: '' },
  float4: { arrow: 'Float32', clickhouse: 'Float32', text: float4Text, beside: '' },
  float8: { arrow: 'Float64', clickhouse: 'Float64', text: float8Text, beside: '' },
  money: { arrow: 'Decimal128(19, 2)', clickhouse: 'Decimal(19, 2)', text: moneyText, beside: '' },
  numeric: {
    arrow: 'Decimal',
    clickhouse: 'Decimal(p, s)',
    toastable: true,
    text: (x) => `toDecimalString(${x}, s)`,
    beside:
      'NaN (NULL; in a key the greatest value); without precision or with more than 76 digits also infinities and what has more digits than the column (the nearest value)',
  },
  date: {
    arrow: 'Date32',
    clickhouse: 'Date32',
    text: shown,
    beside: 'before 1900-01-01, after 2299-12-31, infinities (the nearest of the two days)',
  },
  // Both as UTC: a timestamp without zone has to show the same wall clock whatever the server's
  // zone is.
  timestamp: { arrow: 'Timestamp µs', clickhouse: "DateTime64(6, 'UTC')", text: (x) => timestampText(x, ''), beside: FAR_TIMES },
  timestamptz: { arrow: 'Timestamp µs UTC', clickhouse: "DateTime64(6, 'UTC')", text: (x) => timestampText(x, '+00'), beside: FAR_TIMES },
  time: { arrow: 'Time64 µs', clickhouse: 'Time64(6)', text: timeText, beside: '' },
  interval: {
    arrow: 'Struct(months Int32, days Int32, microseconds Int64)',
    clickhouse: 'Tuple(months Nullable(Int32), days Nullable(Int32), microseconds Nullable(Int64))',
    nullAs: 'parts',
    text: intervalText,
    beside: 'infinities, from 17 on (the greatest or least of all three numbers)',
  },
  uuid: { arrow: 'FixedSizeBinary(16)', clickhouse: 'UUID', text: shown, beside: '' },
  lsn: { arrow: 'UInt64', clickhouse: 'UInt64', text: lsnText, beside: '' },
  bytea: { arrow: 'Binary', clickhouse: 'String', toastable: true, text: byteaText, beside: '' },
  ewkb: { arrow: 'Binary', clickhouse: 'String', toastable: true, delimiter: ':', text: (x) => `hex(${x})`, beside: '' },
  text: { arrow: 'Utf8', clickhouse: 'String', toastable: true, text: plain, beside: '' },
  enum: { arrow: 'Utf8', clickhouse: 'String', column: 'LowCardinality(Nullable(String))', text: shown, beside: '' },
  point: {
    arrow: 'Struct(x Float64, y Float64)',
    clickhouse: 'Tuple(Nullable(Float64), Nullable(Float64))',
    nullAs: 'parts',
    text: pointText,
    beside: '',
  },
  map: {
    arrow: 'Map(Utf8, Utf8)',
    clickhouse: 'Map(String, Nullable(String))',
    nullAs: 'beside',
    toastable: true,
    text: mapText,
    beside: 'NULL (as NULL; the column is empty)',
  },
  vector: {
    arrow: 'List(Float32)',
    clickhouse: 'Array(Float32)',
    nullAs: 'beside',
    toastable: true,
    text: vectorText,
    beside: 'NULL (as NULL; the column is empty, which no vector is)',
  },
};

/** ClickHouse's type of one value. */
export function clickhouseType(type: ScalarType): string {
  return type.kind === 'numeric' ? `Decimal(${type.precision}, ${type.scale})` : KINDS[type.kind].clickhouse;
}

/** ClickHouse's type of a stored column that may be NULL. */
export function clickhouseColumn(type: ColumnType): string {
  if (type.kind === 'array') return `Array(${clickhouseElement(type.element)})`;
  return KINDS[type.kind].column ?? clickhouseElement(type);
}

function clickhouseElement(type: ScalarType): string {
  const one = clickhouseType(type);
  return KINDS[type.kind].nullAs === undefined ? `Nullable(${one})` : one;
}

/** True for types whose NULL has to be named in `_tr_exact`, because the column cannot be NULL. */
export function namesNull(type: ColumnType): boolean {
  return type.kind === 'array' || KINDS[type.kind].nullAs === 'beside';
}

/**
 * True for types that are their exact text in a key: a sort key needs values that differ where
 * Postgres's do, and none of them NULL.
 */
export function isTextInKey(type: ColumnType): boolean {
  return type.kind === 'array' || KINDS[type.kind].nullAs !== undefined;
}

/** What separates the elements of an array. */
export function arrayDelimiter(element: ScalarType): ',' | ':' {
  return KINDS[element.kind].delimiter ?? ',';
}

/**
 * ClickHouse SQL over a column of the view, `x` → the text that Postgres prints for its value, NULL
 * where that is NULL; true for every value that is not in the map `_tr_exact` of `<table>__exact`,
 * where the others have theirs.
 */
export function postgresText(type: ColumnType, x: string): string {
  if (type.kind !== 'array') return namesNull(type) ? valueText(type, x) : `if(${isNull(type, x)}, NULL, ${valueText(type, x)})`;
  const { element } = type;
  const elementIsNull = namesNull(element) ? null : (e: string): string => isNull(element, e);
  return arrayText(x, arrayDelimiter(element), (e) => valueText(element, e), elementIsNull);
}

/**
 * The same over a column of `<table>__exact`, for every value. `name`: the column's name as a
 * string literal.
 */
export function exactText(type: ColumnType, x: string, name: string): string {
  return `if(mapContains(_tr_exact, ${name}), _tr_exact[${name}], ${postgresText(type, x)})`;
}

function isNull(type: ScalarType, x: string): string {
  return KINDS[type.kind].nullAs === 'parts' ? `isNull(tupleElement(${x}, 1))` : `isNull(${x})`;
}

function valueText(type: ScalarType, x: string): string {
  const value = KINDS[type.kind].nullAs === undefined ? `assumeNotNull(${x})` : x;
  return type.kind === 'numeric' ? decimalText(type, value) : KINDS[type.kind].text(value);
}

/**
 * ClickHouse SQL over a decimal → its text: with as many digits behind the point as Postgres
 * prints, or without trailing zeros where that is not known.
 */
export function decimalText({ scale, unbounded }: NumericType, x: string): string {
  return unbounded === true ? `toString(${x})` : `toDecimalString(${x}, ${scale})`;
}
