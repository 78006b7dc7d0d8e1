import { columnMemory } from '../../core/buffer-pool.ts';
import { releaseVector } from '../../core/vector.ts';
import type { Vector } from '../../core/vector.ts';
import { FixedRows } from '../../postgres/codec/growth.ts';
import type { Transaction } from './transaction.ts';
import { rowNumbers } from './gather.ts';

/** The letters of `_tr_op`. */
export const INSERT = 0x49;
export const UPDATE = 0x55;
export const DELETE = 0x44;
export const TRUNCATE = 0x54;

const WORD = 0x1_0000_0000;

interface Run {
  readonly firstRow: number;
  readonly transaction: Transaction;
}

/** Our finished columns, by content. */
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
 * Our columns while a file grows. Facts of a transaction are stored once per run of rows, marks
 * only for rows that have one. So an ordinary row costs a letter and a number.
 */
export class SystemColumns {
  readonly #ops = new FixedRows(Uint8Array);
  /** Low and high word of each. */
  readonly #ordinals = new FixedRows(Uint32Array, 2);
  readonly #runs: Run[] = [];
  #transaction: Transaction | null = null;
  readonly #markedRows = new FixedRows(Int32Array);
  readonly #marks: FixedRows<Uint8Array>;
  readonly #markBytes: number;
  readonly #exactRows: number[] = [];
  readonly #exactFields: string[] = [];
  readonly #exactTexts: (string | null)[] = [];

  constructor(columnCount: number) {
    this.#markBytes = Math.ceil(columnCount / 8);
    this.#marks = new FixedRows(Uint8Array, this.#markBytes);
  }

  get rows(): number {
    return this.#ops.length;
  }

  /** Rows with at least one unchanged value. */
  get markedRows(): number {
    return this.#markedRows.length;
  }

  append(op: number, ordinal: number, transaction: Transaction): void {
    const row = this.#ops.next();
    this.#ops.values[row] = op;
    this.#ordinals.next();
    this.#ordinals.values[2 * row] = ordinal % WORD;
    this.#ordinals.values[2 * row + 1] = Math.floor(ordinal / WORD);
    if (transaction === this.#transaction) return;
    this.#transaction = transaction;
    this.#runs.push({ firstRow: row, transaction });
  }

  /**
   * Marks the column (index in the file's schema) of the last row as not sent because it did not
   * change.
   */
  markUnchanged(column: number): void {
    const row = this.rows - 1;
    let mark = this.#marks.length - 1;
    if (mark < 0 || this.#markedRows.values[mark] !== row) {
      mark = this.#marks.next();
      this.#markedRows.next();
      this.#markedRows.values[mark] = row;
    }
    const at = mark * this.#markBytes + (column >> 3);
    const { values } = this.#marks;
    values[at] = (values[at] ?? 0) | (1 << (column & 7));
  }

  /** Keeps the exact text of a value of the last row; null for an array that is NULL. */
  keepExact(field: string, text: string | null): void {
    this.#exactRows.push(this.rows - 1);
    this.#exactFields.push(field);
    this.#exactTexts.push(text);
  }

  /** Exact texts of the fields of one row; '' if the typed column holds the value. */
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
    const { rows } = this;
    const ordinals = this.#ordinals.finish(
      { kind: 'uint64' },
      (words) => new BigUint64Array(words.buffer, words.byteOffset, words.length / 2),
    );
    return {
      op: { ...this.#ops.finish({ kind: 'text' }), offsets: rowNumbers(rows + 1) },
      ordinal: ordinals,
      ...this.#finishRuns(rows),
      unchanged: this.#finishMarks(rows),
      exact: this.#finishExact(rows),
    };
  }

  #finishRuns(rows: number): Pick<SystemVectors, 'commitLsn' | 'commitTime' | 'xid'> {
    const commitLsn = new BigUint64Array(columnMemory.take(rows * 8), 0, rows);
    const commitTime = new BigInt64Array(columnMemory.take(rows * 8), 0, rows);
    const xid = new Uint32Array(columnMemory.take(rows * 4), 0, rows);
    this.#runs.forEach(({ firstRow, transaction }, index) => {
      const end = this.#runs[index + 1]?.firstRow ?? rows;
      // Most transactions have one or two rows: for these, `fill` costs more than it saves.
      for (let row = firstRow; row < end; row += 1) {
        commitLsn[row] = transaction.commitLsn;
        commitTime[row] = transaction.commitTimeUs;
        xid[row] = transaction.xid;
      }
    });
    return {
      commitLsn: { ...plain({ kind: 'uint64' }, rows), values: commitLsn },
      commitTime: { ...plain({ kind: 'timestamptz' }, rows), values: commitTime },
      xid: { ...plain({ kind: 'uint32' }, rows), values: xid },
    };
  }

  #finishMarks(rows: number): Vector {
    const owners = this.#markedRows.finish({ kind: 'int4' });
    const offsets = countsToOffsets(owners.values as Int32Array, rows, this.#markBytes);
    releaseVector(owners);
    return { ...this.#marks.finish({ kind: 'bytea' }), length: rows, offsets };
  }

  #finishExact(rows: number): Vector {
    const offsets = countsToOffsets(this.#exactRows, rows, 1);
    const children = [texts(this.#exactFields), texts(this.#exactTexts)];
    return { ...plain({ kind: 'map' }, rows), values: new Uint8Array(0), offsets, children };
  }
}

/** A column of empty texts. */
export function emptyTexts(rows: number): Vector {
  return { ...plain({ kind: 'text' }, rows), values: new Uint8Array(0), offsets: countsToOffsets([], rows, 0) };
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

/** Sorted rows with one entry each (a row may repeat) → offsets of all rows. */
function countsToOffsets(owners: ArrayLike<number>, rowCount: number, width: number): Int32Array {
  const offsets = new Int32Array(columnMemory.takeZeroed((rowCount + 1) * 4), 0, rowCount + 1);
  if (owners.length === 0) return offsets;
  for (let i = 0; i < owners.length; i += 1) {
    const row = owners[i] ?? 0;
    offsets[row + 1] = (offsets[row + 1] ?? 0) + width;
  }
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
