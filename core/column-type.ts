/**
 * A type that a single value of a column can have in the lake and in the warehouse; what each is
 * made of is in column-kinds.ts.
 */
export type ScalarType = { readonly kind: PlainKind } | NumericType;

/** A decimal of so many digits, of which `scale` are behind the point. */
export interface NumericType {
  readonly kind: 'numeric';
  readonly precision: number;
  readonly scale: number;
  /**
   * The source's type has more digits, or no limit: what does not fit is kept beside the column,
   * and trailing zeros are not kept at all.
   */
  readonly unbounded?: true;
}

/**
 * Kinds without parameters. `text` is the text family and the exact Postgres text of every type
 * without a mapping of its own.
 */
export type PlainKind = (typeof PLAIN_KINDS)[number];

export const PLAIN_KINDS = [
  'bool',
  'int2',
  'int4',
  'int8',
  'uint32',
  'uint64',
  'float4',
  'float8',
  'money',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'interval',
  'uuid',
  'lsn',
  'bytea',
  'ewkb',
  'text',
  'enum',
  'point',
  'map',
  'vector',
] as const;

/** What a source column becomes. */
export type ColumnType = ScalarType | { readonly kind: 'array'; readonly element: ScalarType };
