/** A type that a single value of a column can have in the lake and in the warehouse. */
export type ScalarType =
  | {
      readonly kind:
        | 'bool'
        | 'int2'
        | 'int4'
        | 'int8'
        | 'float4'
        | 'float8'
        | 'date'
        | 'timestamp'
        | 'timestamptz'
        | 'time'
        | 'uuid'
        | 'bytea'
        | 'text'
        | 'enum';
    }
  | { readonly kind: 'numeric'; readonly precision: number; readonly scale: number };

/**
 * What a source column becomes. `text` is the text family, json and jsonb as printed,
 * and the exact Postgres text of every type without a mapping of its own.
 */
export type ColumnType = ScalarType | { readonly kind: 'array'; readonly element: ScalarType };
