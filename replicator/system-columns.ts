import type { Vector } from '../core/vector.ts';
import { rowNumbers } from './row-numbers.ts';

/** The transaction a row image belongs to. */
export interface Transaction {
  /** Start of its commit record. */
  readonly commitLsn: bigint;
  /** Microseconds since 1970-01-01 UTC, the source's clock. */
  readonly commitTimeUs: bigint;
  readonly xid: number;
}

/** The letters of `_tr_op`. */
export const INSERT = 0x49;
export const UPDATE = 0x55;
export const DELETE = 0x44;
export const TRUNCATE = 0x54;

interface Run {
  readonly firstRow: number;
  readonly transaction: Transaction;
}

/** The finished columns that are ours, by what they hold. */
export interface SystemVectors {
  readonly op: Vector;
  readonly commitLsn: Vector;
  readonly ordinal: Vector;
  readonly commitTime: Vector;
  readonly xid: Vector;
  readonly unchanged: Vector;
  readonly exact: Vector;
}

/**
 * The columns of ours while a file grows. Facts of a transaction are kept once per run of rows, marks only for the rows that
 * have one, so that an ordinary row costs a letter and a number.
 */
export class SystemColumns {
  #ops = new Uint8Array(256);
  #ordinals = new Float64Array(256);
  #rows = 0;
  readonly #runs: Run[] = [];
  #transaction: Transaction | null = null;
  readonly #markBytes: number;
  readonly #markedRows: number[] = [];
  readonly #marks: Uint8Array[] = [];
  readonly #exactRows: number[] = [];
  readonly #exactFields: string[] = [];
  readonly #exactTexts: (string | null)[] = [];

  constructor(columnCount: number) {
    this.#markBytes = Math.ceil(columnCount / 8);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Rows that hold at least one unchanged value. */
  get markedRows(): number {
    return this.#markedRows.length;
  }

  append(op: number, ordinal: number, transaction: Transaction): void {
    if (this.#rows === this.#ops.length) this.#grow();
    if (transaction !== this.#transaction) {
      this.#transaction = transaction;
      this.#runs.push({ firstRow: this.#rows, transaction });
    }
    this.#ops[this.#rows] = op;
    this.#ordinals[this.#rows] = ordinal;
    this.#rows += 1;
  }

  /** Marks the column (index in the file's schema) of the last row as not sent because it did not change. */
  markUnchanged(column: number): void {
    const row = this.#rows - 1;
    if (this.#markedRows.at(-1) !== row) {
      this.#markedRows.push(row);
      this.#marks.push(new Uint8Array(this.#markBytes));
    }
    const marks = this.#marks.at(-1);
    if (marks !== undefined) marks[column >> 3] = (marks[column >> 3] ?? 0) | (1 << (column & 7));
  }

  /** Keeps the exact text of a value of the last row; null for an array that is NULL. */
  keepExact(field: string, text: string | null): void {
    this.#exactRows.push(this.#rows - 1);
    this.#exactFields.push(field);
    this.#exactTexts.push(text);
  }

  /** Exact texts of one row's fields, '' where the typed column holds the value. */
  exactOf(row: number, fields: readonly string[]): string[] {
    const first = lowerBound(this.#exactRows, row);
    return fields.map((field) => {
      for (let i = first; this.#exactRows[i] === row; i += 1) {
        if (this.#exactFields[i] === field) return this.#exactTexts[i] ?? '';
      }
      return '';
    });
  }

  /** True when any value needed its exact text. */
  get hasExact(): boolean {
    return this.#exactRows.length > 0;
  }

  finish(): SystemVectors {
    const { commitLsn, commitTime, xid } = this.#fillRuns();
    return {
      op: {
        ...plain({ kind: 'text' }, this.#rows),
        values: this.#ops.slice(0, this.#rows),
        offsets: rowNumbers(this.#rows + 1),
      },
      commitLsn: { ...plain({ kind: 'uint64' }, this.#rows), values: commitLsn },
      ordinal: { ...plain({ kind: 'uint64' }, this.#rows), values: this.#finishOrdinals() },
      commitTime: { ...plain({ kind: 'timestamptz' }, this.#rows), values: commitTime },
      xid: { ...plain({ kind: 'uint32' }, this.#rows), values: xid },
      unchanged: this.#finishMarks(),
      exact: this.#finishExact(),
    };
  }

  #fillRuns(): { commitLsn: BigUint64Array; commitTime: BigInt64Array; xid: Uint32Array } {
    const commitLsn = new BigUint64Array(this.#rows);
    const commitTime = new BigInt64Array(this.#rows);
    const xid = new Uint32Array(this.#rows);
    this.#runs.forEach(({ firstRow, transaction }, index) => {
      const end = this.#runs[index + 1]?.firstRow ?? this.#rows;
      commitLsn.fill(transaction.commitLsn, firstRow, end);
      commitTime.fill(transaction.commitTimeUs, firstRow, end);
      xid.fill(transaction.xid, firstRow, end);
    });
    return { commitLsn, commitTime, xid };
  }

  #finishOrdinals(): BigUint64Array {
    const ordinals = new BigUint64Array(this.#rows);
    const halves = new Uint32Array(ordinals.buffer);
    for (let row = 0; row < this.#rows; row += 1) {
      const ordinal = this.#ordinals[row] ?? 0;
      halves[2 * row] = ordinal % 0x1_0000_0000;
      halves[2 * row + 1] = Math.floor(ordinal / 0x1_0000_0000);
    }
    return ordinals;
  }

  #finishMarks(): Vector {
    const values = new Uint8Array(this.#marks.length * this.#markBytes);
    const offsets = countsToOffsets(this.#markedRows, this.#rows, this.#markBytes);
    this.#marks.forEach((marks, index) => values.set(marks, index * this.#markBytes));
    return { ...plain({ kind: 'bytea' }, this.#rows), values, offsets };
  }

  #finishExact(): Vector {
    const offsets = countsToOffsets(this.#exactRows, this.#rows, 1);
    const children = [texts(this.#exactFields), texts(this.#exactTexts)];
    return { ...plain({ kind: 'map' }, this.#rows), values: new Uint8Array(0), offsets, children };
  }

  #grow(): void {
    const ops = new Uint8Array(this.#ops.length * 2);
    ops.set(this.#ops);
    this.#ops = ops;
    const ordinals = new Float64Array(this.#ordinals.length * 2);
    ordinals.set(this.#ordinals);
    this.#ordinals = ordinals;
  }
}

/** A column of texts or NULLs. */
export function texts(values: readonly (string | null)[]): Vector {
  const parts = values.map((value) => Buffer.from(value ?? '', 'utf8'));
  const offsets = new Int32Array(values.length + 1);
  parts.forEach((part, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + part.length;
  });
  const nullCount = values.filter((value) => value === null).length;
  const validity = nullCount === 0 ? null : new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, index) => {
    if (validity !== null && value !== null) validity[index >> 3] = (validity[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return { ...plain({ kind: 'text' }, values.length), values: new Uint8Array(Buffer.concat(parts)), offsets, nullCount, validity };
}

function plain(type: Vector['type'], length: number): Omit<Vector, 'values'> {
  return { type, length, nullCount: 0, validity: null, offsets: null, children: [] };
}

/** Sorted rows that own one entry each (rows may repeat) → offsets of all rows. */
function countsToOffsets(owners: readonly number[], rowCount: number, width: number): Int32Array {
  const offsets = new Int32Array(rowCount + 1);
  for (const row of owners) offsets[row + 1] = (offsets[row + 1] ?? 0) + width;
  for (let row = 0; row < rowCount; row += 1) offsets[row + 1] = (offsets[row + 1] ?? 0) + (offsets[row] ?? 0);
  return offsets;
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
