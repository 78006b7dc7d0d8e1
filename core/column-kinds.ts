/** What one kind of value is from the source to the warehouse's reader. */
interface KindFacts {
  /**
   * How a value is held in the lake; lake/arrow-type.ts has the library's type for each name. A
   * numeric's depends on its precision.
   */
  readonly arrow: string;
  /** ClickHouse's type of a value; a numeric's depends on its precision. */
  readonly clickhouse: string;
  /** How a column of the kind is declared where that is not `Nullable(<clickhouse>)`. */
  readonly column?: string;
  /**
   * How NULL is stored where ClickHouse does not allow Nullable. `parts`: every part of the value
   * is NULL. `beside`: the column is empty, and `_tr_exact` names it; an array with such an element
   * is kept there whole. In a key, both kinds are their text.
   */
  readonly nullAs?: 'parts' | 'beside';
  /** What separates the elements in arrays of the type, if not a comma. */
  readonly delimiter?: ':';
  /**
   * Postgres may leave a value out of an update that does not change it: it can be stored out of
   * line (TOAST).
   */
  readonly toastable?: true;
  /**
   * Where a copy asks Postgres for text, not for the binary form. `arrays`: an element that its
   * array keeps as text needs Postgres's own text, which does not follow from the binary form.
   * `always`: the binary form does not say everything.
   */
  readonly copiedAsText?: 'arrays' | 'always';
  /**
   * Values that the column cannot hold, and what it has instead; their text is kept in `_tr_exact`.
   * Empty: it holds every value.
   */
  readonly beside: string;
}

const FAR_TIMES = 'infinities, and what is later than 294247-01-10 00:00:00 (the greatest or least 64-bit microseconds)';

/**
 * Every kind of value: the one list of them, and what each is in the lake and in the warehouse. A
 * new kind begins here; the compiler then asks for its column builder, its Arrow type, its text for
 * a comparison, its default and its documented expression.
 */
const TABLE = {
  bool: { arrow: 'Bool', clickhouse: 'Bool', beside: '' },
  int2: { arrow: 'Int16', clickhouse: 'Int16', beside: '' },
  int4: { arrow: 'Int32', clickhouse: 'Int32', beside: '' },
  int8: { arrow: 'Int64', clickhouse: 'Int64', beside: '' },
  uint32: { arrow: 'UInt32', clickhouse: 'UInt32', beside: '' },
  uint64: { arrow: 'UInt64', clickhouse: 'UInt64', beside: '' },
  float4: { arrow: 'Float32', clickhouse: 'Float32', copiedAsText: 'arrays', beside: '' },
  float8: { arrow: 'Float64', clickhouse: 'Float64', copiedAsText: 'arrays', beside: '' },
  money: { arrow: 'Decimal128(19, 2)', clickhouse: 'Decimal(19, 2)', beside: '' },
  numeric: {
    arrow: 'Decimal',
    clickhouse: 'Decimal(p, s)',
    toastable: true,
    beside:
      'NaN (NULL; in a key the greatest value); without precision or with more than 76 digits also infinities and what has more digits than the column (the nearest value)',
  },
  date: {
    arrow: 'Date32',
    clickhouse: 'Date32',
    beside: 'before 1900-01-01, after 2299-12-31, infinities (the nearest of the two days)',
  },
  // Both as UTC: a timestamp without zone shows the same wall clock in any zone of the server.
  timestamp: { arrow: 'Timestamp µs', clickhouse: "DateTime64(6, 'UTC')", beside: FAR_TIMES },
  timestamptz: { arrow: 'Timestamp µs UTC', clickhouse: "DateTime64(6, 'UTC')", beside: FAR_TIMES },
  time: { arrow: 'Time64 µs', clickhouse: 'Time64(6)', beside: '' },
  interval: {
    arrow: 'Struct(months Int32, days Int32, microseconds Int64)',
    clickhouse: 'Tuple(months Nullable(Int32), days Nullable(Int32), microseconds Nullable(Int64))',
    nullAs: 'parts',
    copiedAsText: 'always',
    beside: 'infinities, from 17 on (the greatest or least of all three numbers)',
  },
  uuid: { arrow: 'FixedSizeBinary(16)', clickhouse: 'UUID', beside: '' },
  lsn: { arrow: 'UInt64', clickhouse: 'UInt64', beside: '' },
  bytea: { arrow: 'Binary', clickhouse: 'String', toastable: true, beside: '' },
  ewkb: { arrow: 'Binary', clickhouse: 'String', toastable: true, delimiter: ':', beside: '' },
  text: { arrow: 'Utf8', clickhouse: 'String', toastable: true, beside: '' },
  enum: { arrow: 'Utf8', clickhouse: 'String', column: 'LowCardinality(Nullable(String))', beside: '' },
  point: {
    arrow: 'Struct(x Float64, y Float64)',
    clickhouse: 'Tuple(Nullable(Float64), Nullable(Float64))',
    nullAs: 'parts',
    copiedAsText: 'arrays',
    beside: '',
  },
  map: {
    arrow: 'Map(Utf8, Utf8)',
    clickhouse: 'Map(String, Nullable(String))',
    nullAs: 'beside',
    toastable: true,
    beside: 'NULL (as NULL; the column is empty)',
  },
  vector: {
    arrow: 'List(Float32)',
    clickhouse: 'Array(Float32)',
    nullAs: 'beside',
    toastable: true,
    copiedAsText: 'arrays',
    beside: 'NULL (as NULL; the column is empty, which no vector is)',
  },
} as const satisfies Readonly<Record<string, KindFacts>>;

export type Kind = keyof typeof TABLE;

/**
 * Kinds without parameters. `text` is the text family and the exact Postgres text of every type
 * without a mapping of its own.
 */
export type PlainKind = Exclude<Kind, 'numeric'>;

/** Names of how values are held in the lake. */
export type ArrowName = (typeof TABLE)[PlainKind]['arrow'];

export const KINDS: Readonly<Record<PlainKind, KindFacts & { readonly arrow: ArrowName }> & Record<'numeric', KindFacts>> = TABLE;

export const PLAIN_KINDS: readonly PlainKind[] = (Object.keys(TABLE) as Kind[]).filter((kind) => kind !== 'numeric');
