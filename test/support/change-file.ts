import { namesNull } from '../../core/column-type.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import type { Vector } from '../../core/vector.ts';
import { encodeArrowFile } from '../../lake/arrow-file.ts';
import { keyColumns } from '../../lake/row-columns.ts';
import type { FileField } from '../../lake/row-columns.ts';
import { createBuilder } from '../../postgres/codec/create-builder.ts';
import { Lineage } from '../../replicator/rows/lineage.ts';
import { MapBuilder } from '../../postgres/codec/map-builder.ts';

/** Postgres text of a value, null, or undefined for one that did not change. */
type Value = string | null | undefined;
export type Row = Readonly<Record<string, Value>>;

/** One row image as the replicator writes it. */
export interface Change {
  readonly op: 'I' | 'U' | 'D' | 'T';
  readonly lsn: bigint;
  readonly ordinal: number;
  readonly row: Row;
  /** Of its (sub)transaction; 1 where it does not matter. */
  readonly xid?: number;
  /** Microseconds since 1970 of its commit; 0 where it does not matter. */
  readonly time?: bigint;
  /** A tombstone that its row went away from. */
  readonly keyChange?: boolean;
  /** Key columns at the start of the file, where it is not the row's own. */
  readonly lineage?: Row;
  readonly begun?: number;
}

/**
 * Each change with the key its entity had when the file began, found as the replicator finds it. A
 * tombstone of a key change is followed by its new row.
 */
export function withLineage(schema: TableSchema, changes: readonly Change[]): Change[] {
  const lineage = new Lineage();
  const keyOf = (change: Change | undefined): string =>
    keyColumns(schema)
      .map((column) => change?.row[column.name] ?? '')
      .join('\0');
  changes.forEach((change, row) => {
    if (change.keyChange === true) lineage.rekey(row, keyOf(change), keyOf(changes[row + 1]));
    else if (lineage.active) lineage.note(row, keyOf(change));
  });
  const { rows, begun } = lineage.finish(changes.length);
  return changes.map((change, row) => ({
    ...change,
    lineage: changes[rows[row] ?? row]?.row ?? change.row,
    begun: Number(begun[row] ?? 0),
  }));
}

/**
 * Changes → an Arrow file with these fields: our own are made from the change, the table's from its
 * row.
 */
export function encodeChanges(fields: readonly FileField[], schema: TableSchema, changes: readonly Change[]): Uint8Array {
  const exact = changes.map((): [string, string | null][] => []);
  const vectors = new Map<string, Vector>();
  for (const column of schema.columns)
    vectors.set(column.field, tableVector(column, changes, { exact, key: schema.key.includes(column.id) }));
  for (const column of keyColumns(schema)) {
    const lineage = changes.map((change) => ({ ...change, row: change.lineage ?? change.row }));
    vectors.set(`_tr_lk_${column.field}`, tableVector(column, lineage, { exact: changes.map(() => []), key: true }));
  }
  const numbers = (kind: 'uint64' | 'uint32', values: readonly number[] | readonly bigint[]): Vector => ({
    type: { kind },
    length: changes.length,
    nullCount: 0,
    validity: null,
    offsets: null,
    children: [],
    values: kind === 'uint64' ? BigUint64Array.from(values, BigInt) : Uint32Array.from(values, Number),
  });
  vectors.set('_tr_op', texts(changes.map((change) => change.op)));
  vectors.set(
    '_tr_commit_lsn',
    numbers(
      'uint64',
      changes.map((change) => change.lsn),
    ),
  );
  vectors.set(
    '_tr_ordinal',
    numbers(
      'uint64',
      changes.map((change) => BigInt(change.ordinal)),
    ),
  );
  vectors.set('_tr_commit_time', {
    ...numbers(
      'uint64',
      changes.map(() => 0n),
    ),
    type: { kind: 'timestamptz' },
    values: BigInt64Array.from(changes, ({ time = 0n }) => time),
  });
  vectors.set(
    '_tr_xid',
    numbers(
      'uint32',
      changes.map(({ xid = 1 }) => xid),
    ),
  );
  vectors.set('_tr_unchanged', { ...bytesVector(changes.map((change) => marks(schema, change))), type: { kind: 'bytea' } });
  vectors.set('_tr_exact', map(exact));
  vectors.set('_tr_lk_exact', texts(changes.map(() => '')));
  vectors.set(
    '_tr_lk_new',
    numbers(
      'uint64',
      changes.map((change) => BigInt(change.begun ?? 0)),
    ),
  );
  return encodeArrowFile(
    fields.map((field) => {
      const vector = vectors.get(field.name);
      if (vector === undefined) throw new Error(`no vector for ${field.name}`);
      return { name: field.name, vector, nullable: field.nullable };
    }),
  );
}

function tableVector(column: Column, changes: readonly Change[], to: { exact: [string, string | null][][]; key: boolean }): Vector {
  const builder = createBuilder(column.type, !to.key);
  changes.forEach((change, index) => {
    const value = change.row[column.name];
    if (value === undefined || value === null) {
      if (to.key) builder.appendDefault();
      else builder.appendNull();
      if (value === null && namesNull(column.type) && change.op !== 'D') to.exact[index]?.push([column.field, null]);
      return;
    }
    const buf = Buffer.from(value);
    if (!builder.appendText(buf, 0, buf.length)) to.exact[index]?.push([column.field, value]);
  });
  return builder.finish();
}

function marks(schema: TableSchema, { op, row }: Change): Buffer {
  const bits = Buffer.alloc(Math.ceil(schema.columns.length / 8));
  if (op === 'D' || op === 'T') return Buffer.alloc(0);
  schema.columns.forEach((column, i) => {
    if (column.name in row && row[column.name] === undefined) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return bits.every((byte) => byte === 0) ? Buffer.alloc(0) : bits;
}

function texts(values: readonly string[]): Vector {
  return bytesVector(values.map((value) => Buffer.from(value)));
}

function bytesVector(values: readonly Buffer[]): Vector {
  const offsets = new Int32Array(values.length + 1);
  values.forEach((value, index) => (offsets[index + 1] = (offsets[index] ?? 0) + value.length));
  return {
    type: { kind: 'text' },
    length: values.length,
    nullCount: 0,
    validity: null,
    values: Buffer.concat(values),
    offsets,
    children: [],
  };
}

function map(rows: readonly (readonly [string, string | null][])[]): Vector {
  const builder = new MapBuilder();
  for (const row of rows) {
    builder.begin();
    for (const [key, value] of row) builder.add(key, value);
    builder.end();
  }
  return builder.finish();
}
