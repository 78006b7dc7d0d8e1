import type { ColumnType } from '../core/column-type.ts';

/**
 * How the canonical text of a column stands in the text of a row, so that no two rows have the same
 * one. `plain`: as it is, since it has no comma and is not `n`. `counted`: its number of bytes, a
 * colon, and the text. `digest`: its md5, where the source would have to make the text twice to
 * count it.
 */
export type FieldForm = 'plain' | 'counted' | 'digest';

/** In the order of a row's text. */
export const FORMS = ['plain', 'counted', 'digest'] as const satisfies readonly FieldForm[];

/** Types of Postgres that are text already: text and varchar. */
const TEXT_TYPES = new Set([25, 1043]);

/** The form of a column, the same on both sides. `typeOid`: its type at the source. */
export function formOf({ type, typeOid }: { readonly type: ColumnType; readonly typeOid: number }): FieldForm {
  switch (type.kind) {
    case 'bool':
    case 'int2':
    case 'int4':
    case 'int8':
    case 'uint32':
    case 'uint64':
    case 'uuid':
    case 'numeric':
    case 'money':
    case 'lsn':
    case 'float4':
    case 'float8':
    case 'interval':
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'time':
    case 'bytea':
    case 'ewkb':
      return 'plain';
    case 'text':
      return TEXT_TYPES.has(typeOid) ? 'counted' : 'digest';
    case 'enum':
    case 'point':
    case 'map':
    case 'vector':
    case 'array':
      return 'digest';
  }
}
