import { KINDS } from '../../core/column-kinds.ts';
import type { ArrowName } from '../../core/column-kinds.ts';
import { namesNull } from '../../core/column-type.ts';
import type { ColumnType, NumericType } from '../../core/column-type.ts';
import { isShownNotNull, schemaHash } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { MaskSalt } from '../../core/mask-salt.ts';
import type { VisibleRelation } from './visible-relation.ts';

/**
 * What happens to the values of a column: they stay, are dropped, or become the hex of their
 * digest.
 */
export const PLAIN = 0;
export const NOTHING = 1;
const DIGEST = 2;

/** How row images of one relation become rows of a file. Compiled once per Relation message. */
export interface RelationPlan {
  readonly table: TableSchema;
  readonly hash: string;
  /** Per column: its place in the tuples of the stream. */
  readonly positions: Int32Array;
  /** Per column: PLAIN, NOTHING or DIGEST. */
  readonly masks: Uint8Array;
  /** The salt of digests; null if there are none. */
  readonly salt: MaskSalt | null;
  /** Per column: 1 if a NULL needs a mark beside the value, because the type has no NULL. */
  readonly markNull: Uint8Array;
  /** Per column: 1 if the view declares it as never NULL. */
  readonly notNull: Uint8Array;
  /** Indexes of the columns that make up the key, in key order. */
  readonly key: Int32Array;
  /** Per column: 1 when it is part of the key. */
  readonly isKey: Uint8Array;
  /**
   * Per column: the type, if it is a decimal in the key whose trailing zeros are not kept;
   * otherwise null.
   */
  readonly trimmed: readonly (NumericType | null)[];
  readonly fields: readonly string[];
  /** Bytes of a row, without its variable-width values. */
  readonly rowBytes: number;
}

/**
 * The relation and the schema must have the same columns in the same order (attnum). Null if their
 * numbers differ, or if the masks of the schema were made with another salt. The caller checks the
 * names.
 */
export function compilePlan(relation: VisibleRelation, table: TableSchema, salt: MaskSalt | null): RelationPlan | null {
  const count = relation.columns.length;
  if (count !== table.columns.length) return null;
  const saltOfTable = table.narrowed?.salt ?? null;
  if (saltOfTable !== null && saltOfTable !== salt?.fingerprint) return null;
  const keyIndexes = table.key.map((id) => table.columns.findIndex((column) => column.id === id));
  const isKey = new Uint8Array(count);
  for (const index of keyIndexes) isKey[index] = 1;
  return {
    table,
    hash: schemaHash(table),
    positions: relation.positions,
    masks: Uint8Array.from(table.columns, ({ mask }) => (mask === undefined ? PLAIN : mask === 'null' ? NOTHING : DIGEST)),
    salt,
    markNull: Uint8Array.from(table.columns, (column) => (namesNull(column.type) ? 1 : 0)),
    notNull: Uint8Array.from(table.columns, (column) => (isShownNotNull(table, column) ? 1 : 0)),
    key: Int32Array.from(keyIndexes),
    isKey,
    trimmed: table.columns.map(({ type }, index) =>
      isKey[index] === 1 && type.kind === 'numeric' && type.unbounded === true ? type : null,
    ),
    fields: table.columns.map((column) => column.field),
    rowBytes: SYSTEM_ROW_BYTES + table.columns.reduce((bytes, column) => bytes + widthOf(column.type), 0),
  };
}

/** Whether both plans read rows the same way. */
export function samePlan(one: RelationPlan, other: RelationPlan): boolean {
  return one.hash === other.hash && one.positions.every((place, index) => place === other.positions[index]);
}

const SYSTEM_ROW_BYTES = 48;

/** Bytes of a value in Arrow's layout; four for the offset of a text, eight for that of a list. */
const WIDTHS: Readonly<Record<ArrowName, number>> = {
  Bool: 1,
  Int16: 2,
  Int32: 4,
  Int64: 8,
  UInt32: 4,
  UInt64: 8,
  Float32: 4,
  Float64: 8,
  'Decimal128(19, 2)': 16,
  Date32: 4,
  'Timestamp µs': 8,
  'Timestamp µs UTC': 8,
  'Time64 µs': 8,
  'FixedSizeBinary(16)': 16,
  'Struct(months Int32, days Int32, microseconds Int64)': 16,
  'Struct(x Float64, y Float64)': 16,
  Binary: 4,
  Utf8: 4,
  'Map(Utf8, Utf8)': 8,
  'List(Float32)': 8,
};

function widthOf(type: ColumnType): number {
  if (type.kind === 'array') return 8;
  return type.kind === 'numeric' ? 32 : WIDTHS[KINDS[type.kind].arrow];
}
