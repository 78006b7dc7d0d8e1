import { KINDS } from '../../core/column-kinds.ts';
import { clickhouseColumn, clickhouseType, isTextInKey } from '../../core/column-type.ts';
import type { ColumnType } from '../../core/column-type.ts';
import type { Column } from '../../core/table.ts';

/**
 * Type of a column in storage. Key columns are not Nullable, because a sort key compares what
 * Postgres tells apart. Every other column is: NOT NULL is not in the stream, and tombstones have
 * no values. core/column-kinds.ts says how a type that cannot be Nullable stores NULL.
 */
export function storageType(column: Column, key: boolean): string {
  const { type } = column;
  return key && !isTextInKey(type) && type.kind !== 'array' ? clickhouseType(type) : clickhouseColumn(type);
}

/**
 * Type as which a field of an Arrow file is read. It is always Nullable: otherwise a NULL would
 * silently become a default.
 */
export function readType(type: ColumnType): string {
  return type.kind === 'enum' ? 'Nullable(String)' : clickhouseColumn(type);
}

/**
 * Whether Postgres may leave a value of this type out of an update: only values that can be stored
 * out of line (TOAST).
 */
export function canBeUnchanged(type: ColumnType): boolean {
  return type.kind === 'array' || KINDS[type.kind].toastable === true;
}

export function sameType(one: ColumnType, other: ColumnType): boolean {
  return storageType({ ...SAMPLE, type: one }, false) === storageType({ ...SAMPLE, type: other }, false) && one.kind === other.kind;
}

const SAMPLE: Omit<Column, 'type'> = { id: 0, name: '', attnum: 0, typeOid: 0, typmod: 0, typeName: '', field: '', missing: null };

/** Name of a column in storage. */
export function storageColumn(id: number): string {
  return `c${id}`;
}
