import type { ColumnType, ScalarType } from '../core/column-type.ts';

/**
 * How the canonical text of a column stands in the text of a row, so that no two rows have the same
 * one. `plain`: as it is, since it shows where it ends and is not `n`. It has no comma, or it is a
 * printed array, whose commas lie within braces or quotes. `counted`: its number of bytes, a colon,
 * and the text. `digest`: its md5, where the source would have to make the text twice to count it.
 */
export type FieldForm = 'plain' | 'counted' | 'digest';

/** In the order of a row's text. */
export const FORMS = ['plain', 'counted', 'digest'] as const satisfies readonly FieldForm[];

/** Types of Postgres that are text already: text and varchar. */
const TEXT_TYPES = new Set([25, 1043]);

/** Elements that an array prints as they are. */
const BARE_ELEMENTS = new Set<ScalarType['kind']>(['int2', 'int4', 'int8', 'uuid']);

/** text[] and varchar[]. Their elements are texts, and a comma stands between them. */
const TEXT_ARRAYS = new Set([1009, 1015]);

/** What decides the texts of a column. `typeOid`: its type at the source. */
interface TypedColumn {
  readonly type: ColumnType;
  readonly typeOid: number;
}

/**
 * Whether the canonical text of a column is what array_out prints, for every array. It shows NULLs,
 * bounds and dimensions, and no two arrays have the same one. Null: it is not. `bare`: no element
 * is quoted.
 */
export function printedArray({ type, typeOid }: TypedColumn): 'bare' | 'quoted' | null {
  if (type.kind !== 'array') return null;
  if (BARE_ELEMENTS.has(type.element.kind)) return 'bare';
  return TEXT_ARRAYS.has(typeOid) ? 'quoted' : null;
}

/** The form of a column, the same on both sides. */
export function formOf({ type, typeOid }: TypedColumn): FieldForm {
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
      return 'digest';
    case 'array':
      return printedArray({ type, typeOid }) === null ? 'digest' : 'plain';
  }
}
