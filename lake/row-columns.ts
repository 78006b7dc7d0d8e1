import type { Column, TableSchema } from '../core/table.ts';
import type { VectorType } from '../core/vector.ts';

/** One field of an Arrow file. */
export interface FileField {
  readonly name: string;
  readonly type: VectorType;
  readonly nullable: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Names of the columns that we add to those of a table in files of the stream. */
export const ROW_COLUMN = {
  /** 'I', 'U', 'D' or 'T' (truncate of the table at this place; all table columns NULL) */
  op: '_tr_op',
  commitLsn: '_tr_commit_lsn',
  /** number of the row image within its transaction, from 1 */
  ordinal: '_tr_ordinal',
  commitTime: '_tr_commit_time',
  xid: '_tr_xid',
  /**
   * bit i (LSB first) set: the i-th column of the file's schema is unchanged; empty when none is
   */
  unchanged: '_tr_unchanged',
  /**
   * field name → exact Postgres text of a value its column cannot hold; null: an array that is NULL
   */
  exact: '_tr_exact',
} as const;

/**
 * Columns that a file with key changes has for every row: the key that its entity had when the file
 * began.
 */
export const LINEAGE_COLUMN = {
  /** exact text of key values that do not fit their type, as in the warehouse's `_tr_key_exact` */
  exact: '_tr_lk_exact',
  /**
   * 0: the entity existed before this file; n: the n-th entity begun in it under a key that had
   * become free
   */
  begun: '_tr_lk_new',
} as const;

const ROW_FIELDS: readonly FileField[] = [
  { name: ROW_COLUMN.op, type: { kind: 'text' }, nullable: false },
  { name: ROW_COLUMN.commitLsn, type: { kind: 'uint64' }, nullable: false },
  { name: ROW_COLUMN.ordinal, type: { kind: 'uint64' }, nullable: false },
  { name: ROW_COLUMN.commitTime, type: { kind: 'timestamptz' }, nullable: false },
  { name: ROW_COLUMN.xid, type: { kind: 'uint32' }, nullable: false },
  { name: ROW_COLUMN.unchanged, type: { kind: 'bytea' }, nullable: false },
  { name: ROW_COLUMN.exact, type: { kind: 'map' }, nullable: false },
];

/** The lineage column of a key column. */
export function lineageColumn(field: string): string {
  return `_tr_lk_${field}`;
}

/**
 * Fields of a stream file of a table, in order: the table's columns, ours, and the lineage of the
 * key when the file holds key changes.
 */
export function streamFields(schema: TableSchema, keyChanges: boolean): FileField[] {
  const fields = [...schema.columns.map(tableField), ...ROW_FIELDS];
  if (!keyChanges) return fields;
  return [
    ...fields,
    ...keyColumns(schema).map((column) => ({ name: lineageColumn(column.field), type: column.type, nullable: true })),
    { name: LINEAGE_COLUMN.exact, type: { kind: 'text' }, nullable: false },
    { name: LINEAGE_COLUMN.begun, type: { kind: 'uint64' }, nullable: false },
  ];
}

/**
 * Fields of a chunk of a copy: the columns of the table, and the values that they cannot hold.
 * Version and row number of its rows follow from plan and chunk.
 */
export function chunkFields(schema: TableSchema): FileField[] {
  return [...schema.columns.map(tableField), { name: ROW_COLUMN.exact, type: { kind: 'map' }, nullable: false }];
}

/** The key's columns in index order. */
export function keyColumns(schema: TableSchema): Column[] {
  return schema.key.flatMap((id) => schema.columns.filter((column) => column.id === id));
}

/** Any column may be NULL: key columns of a truncate, and columns that became NOT NULL later. */
function tableField(column: Column): FileField {
  return {
    name: column.field,
    type: column.type,
    nullable: true,
    metadata: { 'tailrace.id': String(column.id), 'tailrace.type': column.typeName },
  };
}
