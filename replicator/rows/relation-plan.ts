import { KINDS } from '../../core/column-kinds.ts';
import type { ArrowName } from '../../core/column-kinds.ts';
import { namesNull } from '../../core/column-type.ts';
import type { ColumnType, NumericType } from '../../core/column-type.ts';
import { isShownNotNull, schemaHash } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { MaskSalt } from '../../core/mask-salt.ts';
import type { ColumnBuilder } from '../../postgres/codec/column-builder.ts';
import type { TablePart } from './table-part.ts';
import type { VisibleRelation } from './visible-relation.ts';

/** What a column's values become on their way: themselves, nothing, or the hex of their digest. */
export const PLAIN = 0;
export const NOTHING = 1;
export const DIGEST = 2;

/** How row images of one relation become rows of a file; compiled once per Relation message. */
export interface RelationPlan {
  readonly table: TableSchema;
  readonly hash: string;
  /** Per column: its place in the tuples of the stream. */
  readonly positions: Int32Array;
  /** Per column: PLAIN, NOTHING or DIGEST. */
  readonly masks: Uint8Array;
  /** What digests begin with; null where there are none. */
  readonly salt: MaskSalt | null;
  /** Per column: 1 when a NULL needs its mark beside the value, because the type has none. */
  readonly markNull: Uint8Array;
  /** Per column: 1 when the view says that it is never NULL. */
  readonly notNull: Uint8Array;
  /** Indexes of the columns that make up the key, in key order. */
  readonly key: Int32Array;
  /** Per column: 1 when it is part of the key. */
  readonly isKey: Uint8Array;
  /**
   * Per column: the type of a decimal in the key whose trailing zeros are not kept; null for every
   * other one.
   */
  readonly trimmed: readonly (NumericType | null)[];
  readonly fields: readonly string[];
  /** Bytes that a row takes at least, beside its variable-width values. */
  readonly rowBytes: number;
  /** The file under construction; set and cleared by the assembler. */
  part: TablePart | null;
  /** Builders of a file that was finished: they know how much room the next one needs. */
  spare: readonly ColumnBuilder[] | null;
}

/**
 * The relation's columns and the schema's are the same list in the same order (attnum), or there is
 * no plan: null when their numbers differ. Who explains a relation makes sure that the names are
 * right. Null too when the schema's masks were made with another salt.
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
    part: null,
    spare: null,
  };
}

/** Rows are read the same way by both. */
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
