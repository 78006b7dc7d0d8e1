import { namesNull } from '../../core/column-type.ts';
import type { NumericType } from '../../core/column-type.ts';
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
    rowBytes: SYSTEM_ROW_BYTES + table.columns.reduce((bytes, column) => bytes + WIDTHS[column.type.kind], 0),
    part: null,
    spare: null,
  };
}

/** Rows are read the same way by both. */
export function samePlan(one: RelationPlan, other: RelationPlan): boolean {
  return one.hash === other.hash && one.positions.every((place, index) => place === other.positions[index]);
}

const SYSTEM_ROW_BYTES = 48;

const WIDTHS = {
  bool: 1,
  int2: 2,
  int4: 4,
  int8: 8,
  float4: 4,
  float8: 8,
  date: 4,
  timestamp: 8,
  timestamptz: 8,
  time: 8,
  uuid: 16,
  uint32: 4,
  uint64: 8,
  lsn: 8,
  money: 16,
  interval: 16,
  point: 16,
  ewkb: 4,
  map: 8,
  vector: 8,
  numeric: 32,
  bytea: 4,
  text: 4,
  enum: 4,
  array: 8,
} as const;
